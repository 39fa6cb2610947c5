import type { Images } from "../core/images";
import type { OptionNames } from "../core/options";
import type { Shown } from "../display/show";
import { type CompressOptions, compress, compressNames } from "./compress";
import { type ReconstructOptions, reconstruct, reconstructNames } from "./reconstruct";
import { type Pooling, toSettings } from "./settings";
import { checkWorkers } from "./threads/run";

/** What {@link privatize} takes besides images: the options of compress and of reconstruct, with one pooling. */
export interface PrivatizeOptions
  extends Omit<CompressOptions, "out" | "pooling">, Omit<ReconstructOptions, "pooling"> {
  /** Default `"l1"`. */
  readonly pooling?: Pooling;
}

const names: OptionNames<PrivatizeOptions> = { ...compressNames, ...reconstructNames };

/**
 * Images with the detail that the settings remove or obscure taken out: compressed, then reconstructed.
 *
 * How much an attacker can still recover depends on the settings and is for `evaluate.privacy` to measure.
 *
 * @param images - of one shape `[image, channel, row, col]`, or a stream of batches of one shape
 * @returns Float32 images of the same ids; values may leave 0..1
 * @throws OptionError, ShapeError or DataError as {@link compress} and {@link reconstruct} do
 */
export async function privatize(
  images: Images | AsyncIterable<Images>,
  options: PrivatizeOptions,
): Promise<Images & Shown> {
  toSettings(options, "privatize", names); // missing options are told before they are taken apart
  checkWorkers(options.workers, "privatize");
  const { size, minSize, ...rest } = options;
  const embedding = await compress(images, rest);
  return reconstruct(embedding, {
    ...(size === undefined ? {} : { size }),
    ...(minSize === undefined ? {} : { minSize }),
    ...(rest.workers === undefined ? {} : { workers: rest.workers }),
    ...(rest.signal === undefined ? {} : { signal: rest.signal }),
    ...(rest.onProgress === undefined ? {} : { onProgress: rest.onProgress }),
  });
}
