import { heatMap } from "../display/charts";
import { categorical } from "../display/style";
import type { Figure, Page, Picture, Table, Tile } from "../display/view";
import type { Attribution, AttributionMap } from "./attribution";
import { baselineInWords } from "./baselines";
import { settingsInWords } from "./modelScore";

const methodNames: Readonly<Record<Attribution["method"], string>> = {
  deeplift: "DeepLIFT (rescale rule)",
  gradientTimesDifference: "gradient x difference (what the paper's code computed)",
  inputXGradient: "input x gradient",
  integratedGradients: "integrated gradients",
  occlusion: "occlusion",
  shapley: "exact Shapley values",
};

/** A page: what was computed, where on the image it lies, and in which edges. */
export function attributionView(attribution: Attribution): Page {
  return {
    kind: "page",
    title: `What speaks for or against ${attribution.target}`,
    views: [
      factsTable(attribution),
      patchPicture(attribution),
      ...(attribution.maps[0]?.spatial.length ? [spatialPicture(attribution)] : []),
      edgeFigure(attribution),
    ],
  };
}

function factsTable({
  method,
  baseline,
  completenessGap,
  settings,
  ids,
  scores,
  baselineScores,
  steps,
  groups,
}: Attribution): Table {
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    kind: "table",
    columns: [{ name: "" }, { name: "value", digits: 2 }],
    rows: [
      ["method", methodNames[method]],
      ["starts from", baselineInWords(baseline)],
      ["embedding", settingsInWords(settings)],
      ["images", ids.length],
      ["mean logit", mean(scores)],
      ["mean logit of the start", mean(baselineScores)],
      ["completeness gap, largest", completenessGap.toExponential(1)],
      ...(steps === undefined ? [] : [["nodes", steps]]),
      ...(groups === undefined
        ? []
        : [["groups", `${groups.names.length}, by ${typeof groups.by === "string" ? groups.by : "block"}`]]),
    ],
    note: "Completeness gap: by how much the attributions of an image miss the difference of the logits, over that difference where it is above 1.",
  };
}

function spatialPicture({ maps, method }: Attribution): Picture {
  const highest = mostOf(maps.map(({ spatial }) => spatial));
  const tiles = maps.map(({ name, images, spatial, reconstruction, size }): Tile => ({
    label: `${name} (n=${images})`,
    values: spatial,
    shape: [1, ...size],
    range: [0, highest],
    palette: "sequential",
    over: reconstruction.map((value) => Math.min(1, Math.max(0, value))),
  }));
  return {
    kind: "picture",
    title: "The same in pixels, over the reconstruction",
    alt: `Mean magnitude of attribution in pixels over the mean reconstruction, for ${maps.map(({ name }) => name).join(", ")}`,
    tiles,
    tileWidth: 220,
    note: `${methodNames[method]} through the inverse transform, its magnitude averaged over the images; drawn over the mean reconstruction from the embedding, not over the images. One scale for all, which ends where 1 % of the pixels are brighter.`,
  };
}

/** Where the highest hundredth begins: a few pixels of each patch hold most of an attribution and would hide the rest. */
function mostOf(maps: readonly Float32Array[]): number {
  const all = maps.flatMap((map) => Array.from(map)).sort((a, b) => a - b);
  return all[Math.floor(0.99 * all.length)] ?? 0;
}

function patchPicture({ maps, target, settings }: Attribution): Picture {
  const highest = maps.reduce((high, { patches }) => patches.reduce((a, b) => Math.max(a, b), high), 0);
  return {
    kind: "picture",
    title: `Spatial bias: where the attribution of ${target} lies, by patch`,
    alt: `Mean |attribution| of ${target} summed in each patch`,
    tiles: maps.map(({ name, patches }) => ({
      label: name,
      values: Float32Array.from(patches),
      shape: [1, ...settings.patchGrid],
      range: [0, highest],
      palette: "sequential",
    })),
    tileWidth: 160,
    note: "Mean over images of |attribution|, summed over the sub-bands of a patch: in units of the logit.",
  };
}

/** More sub-bands than these no longer have room for a bar each. */
const mostBars = 16;

function edgeFigure(attribution: Attribution): Figure {
  const { maps, target, ids } = attribution;
  const bars = barsOf(attribution);
  const title = `Edge bias: most of ${target} is read from ${strongest(bars, maps[0])}`;
  if (maps.length > categorical.length) return edgeHeatMap(attribution, bars, title);
  const traces = maps.map((map, at): Figure["traces"][number] => ({
    type: "bar",
    name: `${map.name} (n=${map.images})`,
    x: bars.map(({ name }) => name),
    y: bars.map((bar) => shareOf(bar, map)),
    marker: { color: categorical[at] },
  }));
  return {
    kind: "figure",
    title,
    alt: `Share of the attribution of ${target} by edge scale and orientation`,
    traces,
    layout: {
      barmode: "group",
      xaxis: { title: { text: `${barAxis(attribution)}; ${ids.length} images` }, type: "category", tickangle: -45 },
      yaxis: { title: { text: "share of attribution" }, rangemode: "tozero" },
      showlegend: maps.length > 1,
    },
    width: 760,
  };
}

/** More groups of images than colours can be told apart: a row each, in numbers. */
function edgeHeatMap(attribution: Attribution, bars: readonly Bar[], title: string): Figure {
  const { maps, ids } = attribution;
  const figure = heatMap(
    maps.map((map) => bars.map((bar) => shareOf(bar, map))),
    {
      title,
      x: `${barAxis(attribution)}; ${ids.length} images`,
      y: "images",
      columns: bars.map(({ name }) => name),
      rows: maps.map(({ name, images }) => `${name} (n=${images})`),
      value: "share of attribution",
      range: [0, Math.max(...maps.flatMap((map) => bars.map((bar) => shareOf(bar, map))))],
      digits: 2,
      height: 160 + 34 * maps.length,
    },
  );
  return { ...figure, width: 760 };
}

function shareOf({ members }: Bar, { edges }: AttributionMap): number {
  return members.reduce((sum, subBand) => sum + (edges[subBand] as number), 0);
}

interface Bar {
  readonly name: string;
  readonly members: readonly number[];
}

/** One bar a sub-band, or one for each edge width and orientation where there are many. */
function barsOf({ subBands }: Attribution): Bar[] {
  if (subBands.length <= mostBars) return subBands.map(({ path }, at) => ({ name: path, members: [at] }));
  const kinds = subBands.map(({ orientation, edgeWidth }) => `${orientation} ${edgeWidth} px`);
  return [...new Set(kinds)].map((name) => ({
    name,
    members: kinds.flatMap((kind, at) => (kind === name ? [at] : [])),
  }));
}

/** What the names below the bars of {@link barsOf} are. */
function barAxis({ subBands }: Attribution): string {
  return subBands.length <= mostBars
    ? "sub-band, a letter a level: A smooth, V vertical, H horizontal, D diagonal edges"
    : "orientation and edge width";
}

function strongest(bars: readonly Bar[], map: AttributionMap | undefined): string {
  const share = (bar: Bar): number => (map === undefined ? 0 : shareOf(bar, map));
  const best = bars.reduce((high, bar) => (share(bar) > share(high) ? bar : high));
  return `${best.name} (${Math.round(100 * share(best))} %)`;
}
