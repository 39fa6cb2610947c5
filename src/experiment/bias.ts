import { DataError } from "../core/errors";
import { stackedBars } from "../display/charts";
import { colours } from "../display/style";
import type { Figure, PlotlyTrace } from "../display/view";
import type { Attribution, AttributionMap } from "../explain/attribution";
import { ward, type Cluster } from "./ward";

/**
 * Edge bias by class: the share of |attribution| in each edge scale and orientation, one stacked bar a class.
 *
 * @param attributions - one a class, of the same embedding: `explain(model, embedding, { target })`
 * @throws DataError without attributions
 * @see the paper, explanations (b)
 */
export function edgeBias(attributions: readonly Attribution[]): Figure {
  const [first] = attributions;
  if (first === undefined) throw tooFew("edgeBias", "an attribution");
  const kinds = first.subBands.map(({ orientation, edgeWidth }) => `${orientation}, ${edgeWidth} px`);
  const shareOf = (attribution: Attribution, kind: string): number =>
    kinds.reduce((sum, each, at) => (each === kind ? sum + (allImages(attribution).edges[at] as number) : sum), 0);
  const parts = [...new Set(kinds)]
    .map((name) => ({ name, values: attributions.map((attribution) => shareOf(attribution, name)) }))
    .filter(({ values }) => values.some((value) => value > 0)); // the paper's starting point keeps what is smooth
  const largest = parts.reduce((most, part) => ((part.values[0] ?? 0) > (most.values[0] ?? 0) ? part : most));
  const share = Math.round(100 * (largest.values[0] ?? 0));
  return stackedBars(
    attributions.map(({ target }) => target),
    parts,
    {
      title: `Edge bias: ${first.target} is read most (${share} %) from "${largest.name}"`,
      value: { title: "share of |attribution|", range: [0, 1] },
      height: Math.max(300, 170 + 50 * attributions.length), // room for the legend
    },
  );
}

/**
 * Which classes a model reads in the same places: hierarchical clustering (Ward) of the classes by their attribution
 * maps on the patch grid, each scaled to length 1.
 *
 * @param attributions - one a class, at least two
 * @throws DataError for fewer than two
 * @see the paper, explanations (c)
 */
export function classClusters(attributions: readonly Attribution[]): Figure {
  if (attributions.length < 2) throw tooFew("classClusters", "two classes");
  const clusters = ward(attributions.map((attribution) => unit(allImages(attribution).patches)));
  const root = clusters.at(-1) as Cluster;
  const nameOf = (leaf: number): string => attributions[leaf]?.target ?? "";
  const names = root.leaves.map(nameOf);
  const closest = (clusters[0] as Cluster).leaves.map(nameOf).join(" and ");
  const rows = attributions.map((_, leaf) => root.leaves.indexOf(leaf));
  return {
    kind: "figure",
    title: `Clusters of classes: ${closest} are read in the most similar places`,
    alt: `Dendrogram: ${clusters.map(({ leaves, height }) => `${leaves.map(nameOf).join(" + ")} at ${height.toFixed(2)}`).join(", ")}.`,
    traces: branches(clusters, rows),
    layout: {
      showlegend: false,
      xaxis: { title: { text: "distance of attribution maps (Ward)" }, range: [0, 1.05 * root.height || 1] },
      yaxis: {
        tickvals: names.map((_, at) => at),
        ticktext: names,
        range: [names.length - 0.5, -0.5],
        showgrid: false,
      },
    },
    height: 150 + 40 * names.length,
  };
}

/** A bracket for every cluster; `rows` says where each leaf stands. */
function branches(clusters: readonly Cluster[], rows: readonly number[]): PlotlyTrace[] {
  const leaf = (at: number): Stem => ({ height: 0, row: rows[at] as number });
  const stems: Stem[] = rows.map((_, at) => leaf(at));
  return clusters.map(({ parts, height }) => {
    const [a, b] = parts.map((part) => stems[part] as Stem) as [Stem, Stem];
    stems.push({ height, row: (a.row + b.row) / 2 });
    return {
      type: "scatter",
      mode: "lines",
      x: [a.height, height, height, b.height],
      y: [a.row, a.row, b.row, b.row],
      line: { color: colours.blue, width: 2 },
      hoverinfo: "skip",
    };
  });
}

interface Stem {
  readonly height: number;
  readonly row: number;
}

function unit(map: Float64Array): number[] {
  const length = Math.hypot(...map) || 1;
  return Array.from(map, (value) => value / length);
}

function allImages({ maps }: Attribution): AttributionMap {
  return maps[0] as AttributionMap;
}

function tooFew(where: string, required: string): DataError {
  return new DataError({ where, required: `${required} at least`, got: "fewer" });
}
