import { subBandPaths } from "../compress/settings";

/** Which edges a sub-band answers to; `smooth` is the approximation, which answers to brightness. */
export type Orientation = "smooth" | "vertical" | "horizontal" | "diagonal";

/** What kind of detail a sub-band holds, read from its path. */
export interface SubBand {
  /** For instance `"AV"`. */
  readonly path: string;
  /** Of the first letter that is not A: V vertical edges, H horizontal ones, D diagonal ones. */
  readonly orientation: Orientation;
  /**
   * How wide the edges are, in pixels: 2 for detail that leaves at the first level, 4 at the second, and so on. The
   * approximation has the width of the last level.
   */
  readonly edgeWidth: number;
}

const orientations: Readonly<Record<string, Orientation>> = { V: "vertical", H: "horizontal", D: "diagonal" };

/** What each of the 4^level sub-bands holds, in natural order. */
export function subBandsOf(level: number): readonly SubBand[] {
  return subBandPaths(level).map((path) => {
    const leaves = [...path].findIndex((letter) => letter !== "A");
    const orientation = orientations[path[leaves] ?? ""] ?? "smooth";
    return { path, orientation, edgeWidth: 2 ** (orientation === "smooth" ? level : leaves + 1) };
  });
}
