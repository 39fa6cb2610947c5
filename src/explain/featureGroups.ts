import { OptionError } from "../core/errors";
import type { Embedding } from "../compress/embedding";
import { subBandsOf } from "./bands";

/**
 * Which features occlusion takes away together, and which are the players of Shapley values.
 *
 * - `"feature"`: each number by itself
 * - `"sub-band"`: all patches and channels of a sub-band
 * - `"edge"`: all sub-bands of one edge width and orientation; 3 J + 1 groups
 * - `"patch"`: all sub-bands and channels of a patch
 * - `{ blocks }`: patches joined into that many blocks down and across
 */
export type FeatureGroups =
  "feature" | "sub-band" | "edge" | "patch" | { readonly blocks: readonly [rows: number, cols: number] };

/** The group of each feature, and what the groups are called. */
export interface GroupedFeatures {
  /** `[feature]`. */
  readonly groups: Int32Array;
  readonly names: readonly string[];
}

/** @throws OptionError when the name is unknown or the blocks do not fit the patch grid */
export function groupFeatures(groups: Exclude<FeatureGroups, "feature">, embedding: Embedding): GroupedFeatures {
  const [, channels, subBands, rows, cols, poolings] = embedding.shape;
  const bands = subBandsOf(embedding.settings.level);
  const assign = (
    names: readonly string[],
    groupOf: (subBand: number, row: number, col: number) => number,
  ): GroupedFeatures => ({
    names,
    groups: Int32Array.from({ length: channels * subBands * rows * cols * poolings }, (_, feature) => {
      const place = Math.floor(feature / poolings);
      return groupOf(Math.floor(place / (rows * cols)) % subBands, Math.floor(place / cols) % rows, place % cols);
    }),
  });
  if (groups === "sub-band")
    return assign(
      bands.map(({ path }) => path),
      (subBand) => subBand,
    );
  if (groups === "edge") {
    const kinds = bands.map(({ orientation, edgeWidth }) => `${orientation} ${edgeWidth} px`);
    const names = [...new Set(kinds)];
    return assign(names, (subBand) => names.indexOf(kinds[subBand] as string));
  }
  const [down, across] = blocksOf(groups, rows, cols);
  const names = Array.from({ length: down * across }, (_, at) => `block ${Math.floor(at / across)},${at % across}`);
  return assign(names, (_, row, col) => Math.floor((row * down) / rows) * across + Math.floor((col * across) / cols));
}

function blocksOf(
  groups: Exclude<FeatureGroups, string> | "patch",
  rows: number,
  cols: number,
): readonly [number, number] {
  const blocks = groups === "patch" ? ([rows, cols] as const) : groups?.blocks;
  const fits = (count: number | undefined, side: number): boolean =>
    Number.isInteger(count) && Number(count) >= 1 && Number(count) <= side;
  if (blocks !== undefined && fits(blocks[0], rows) && fits(blocks[1], cols)) return blocks;
  throw new OptionError({
    where: "explain",
    required: `groups "feature", "sub-band", "edge", "patch" or { blocks: [1..${rows}, 1..${cols}] }`,
    got: JSON.stringify(groups),
  });
}
