import type { CompressSettings, Pooling } from "../compress/settings";

/** What settings do to an image, each list in plain sentences. */
export interface Words {
  /** Can be read off the embedding. */
  readonly preserved: readonly string[];
  /** Is there in sum, but not where or how exactly. */
  readonly obscured: readonly string[];
  /** Leaves no trace in the numbers. */
  readonly removed: readonly string[];
}

/** What one pooling keeps of the coefficients of a patch, and what it drops. */
const poolingWords: Readonly<Record<Pooling, { readonly keeps: string; readonly drops: string }>> = {
  l1: {
    keeps: "the total strength of edges",
    drops: "the sign of every edge: dark-to-bright and bright-to-dark give the same number",
  },
  l2: { keeps: "the energy of edges", drops: "the sign of every edge, and how many edges the energy comes from" },
  sum: { keeps: "the balance of edges of either sign", drops: "edges of opposite sign in one patch: they cancel" },
  max: { keeps: "the strongest edge of positive sign", drops: "all but the strongest edge of a patch" },
  min: { keeps: "the strongest edge of negative sign", drops: "all but the strongest edge of a patch" },
  median: { keeps: "the middle coefficient", drops: "rare and strong edges: the middle coefficient does not see them" },
  sum_pos: { keeps: "the total strength of dark-to-bright edges", drops: "edges of negative sign" },
  sum_neg: { keeps: "the total strength of bright-to-dark edges", drops: "edges of positive sign" },
};

/** What both signed sums together keep, neither drops. */
const signed: readonly Pooling[] = ["sum_pos", "sum_neg"];

export function inWords(
  { level, pooling }: CompressSettings,
  patchPixels: readonly [rows: number, cols: number],
  smallest: readonly [rows: number | undefined, cols: number | undefined],
): Words {
  const area = `${patchPixels[0]}x${patchPixels[1]}-pixel patch`;
  const widths = Array.from({ length: level }, (_, at) => 2 ** (at + 1));
  const scales =
    widths.length === 1 ? "2 pixels wide" : `${widths.slice(0, -1).join(", ")} and ${2 ** level} pixels wide`;
  const keeps = pooling.map((name) => poolingWords[name].keeps).join(", ");
  const bothSigns = signed.every((name) => pooling.includes(name));
  const drops = pooling.filter((name) => !(bothSigns && name !== "median")).map((name) => poolingWords[name].drops);
  return {
    preserved: [
      ...(pooling.includes("l1") || pooling.includes("sum") ? [`the brightness of every ${area}`] : []),
      `in every ${area}: ${keeps}, apart for edges ${scales} and for vertical, horizontal and diagonal ones`,
      ...featureWords(smallest),
    ],
    obscured: [
      `where in its ${area} an edge lies`,
      `the shape of everything smaller than a patch: only its share of edges at each scale and orientation is left`,
    ],
    removed: [...new Set(drops), `the order of the coefficients in a patch: every arrangement gives the same numbers`],
  };
}

function featureWords([rows, cols]: readonly [rows: number | undefined, cols: number | undefined]): string[] {
  if (rows === undefined && cols === undefined) return [];
  const across = cols === undefined ? [] : [`${format(cols)} pixels across`];
  const down = rows === undefined ? [] : [`${format(rows)} pixels down`];
  return [`the place of bars at least ${[...across, ...down].join(" or ")}, with half of their contrast or more`];
}

function format(width: number): string {
  return Number.isInteger(width) ? String(width) : width.toFixed(1);
}
