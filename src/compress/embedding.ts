import type { CompressSettings } from "./settings";

/** Compressed images: for every patch of every sub-band one number for each pooling. */
export interface Embedding {
  readonly values: Float32Array;
  readonly shape: readonly [
    image: number,
    channel: number,
    subBand: number,
    patchRow: number,
    patchCol: number,
    pooling: number,
  ];
  readonly settings: CompressSettings;
  /** The shape of the images that were compressed. */
  readonly imageShape: readonly [channel: number, row: number, col: number];
  readonly ids: readonly string[];
}
