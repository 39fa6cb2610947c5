import type { CompressSettings } from "../compress/settings";
import type { Images } from "../core/images";

/** Different images with the same embedding. */
export interface Twins {
  readonly kind: "twins";
  readonly original: Images;
  readonly images: Images;
  readonly settings: CompressSettings;
  readonly aim: "detail" | "far" | "towards images";
  /** `[image]`: SSIM of twin and original, window 7, data range 1. */
  readonly ssim: Float64Array;
  /** `[image]`: peak signal to noise ratio of twin and original, in dB. */
  readonly psnr: Float64Array;
  /** `[image]`: share of pixels that differ. */
  readonly changed: Float64Array;
  /** The largest difference between the embeddings of twin and original, as a share of the largest value. */
  readonly embeddingGap: number;
  /** The base-2 logarithm of how many arrangements of one image's blocks have this very embedding. */
  readonly twinBits: number;
}
