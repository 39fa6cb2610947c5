import { OptionError, ShapeError } from "../core/errors";
import { checkOptions } from "../core/options";
import { checkImages, type Images } from "../core/images";
import { Random } from "../core/random";
import { compressImage } from "../compress/definition";
import { plainImage } from "../compress/images";
import { checkFit, type CompressSettings, type SettingsOptions, settingsNames, toSettings } from "../compress/settings";
import { type Shown, showAs } from "../display/show";
import { psnr, ssim } from "../evaluate/ssim";
import { canMove, movableBlocks, twinBits, twinPixels } from "./rearrange";
import type { Twins } from "./twinsResult";
import { twinsView } from "./twinsView";

/**
 * What a twin is to look like.
 *
 * - `"detail"`: like the original, with every piece of detail moved or mirrored inside its patch
 * - `"far"`: as unlike the original as could be found
 * - images: as like these as could be found; matched by id
 */
export type TwinAim = "detail" | "far" | Images;

/** Options of {@link twins}. */
export interface TwinOptions {
  /** Default `"detail"`. */
  readonly aim?: TwinAim;
  /** Default 0. */
  readonly seed?: number;
}

const where = "twins";

/**
 * Different 8-bit images whose embeddings are the same: pooling forgets in which place of its patch a coefficient stood,
 * and `l1` and `l2` forget its sign. With two-tap filters (Haar) the coefficients of one place belong to one block of
 * 2^J x 2^J pixels, so that blocks may change places inside a patch, and be mirrored, without a trace.
 *
 * @param images - 8-bit images
 * @throws OptionError when the images are not 8-bit, or the wavelet has more than two taps
 * @throws ShapeError when images of this shape cannot be compressed so, or the aimed-at images do not match
 */
export function twins(images: Images, settingsOptions: SettingsOptions, options: TwinOptions = {}): Twins & Shown {
  checkImages(images, where);
  const settings = toSettings(settingsOptions, where, settingsNames);
  checkOptions(where, options, { aim: true, seed: true });
  const { aim = "detail", seed = 0 } = options;
  const [, ...imageShape] = images.shape;
  checkFit(settings, imageShape, where);
  checkTwinnable(images, settings);
  const groups = movableBlocks(settings, imageShape);
  const pixels = twinPixels(images, typeof aim === "string" ? images : matching(images, aim), groups, settings, {
    aim: typeof aim === "string" ? aim : "towards images",
    random: new Random(seed),
  });
  const twin: Images = { pixels, shape: images.shape, ids: images.ids };
  const found: Twins = {
    kind: "twins",
    original: images,
    images: twin,
    settings,
    aim: typeof aim === "string" ? aim : "towards images",
    ...compare(images, twin),
    embeddingGap: embeddingGap(images, twin, settings),
    twinBits: twinBits(groups, settings),
  };
  return showAs(found, { summary: () => summarise(found), view: () => twinsView(found) });
}

function checkTwinnable({ pixels }: Images, settings: CompressSettings): void {
  if (!(pixels instanceof Uint8Array)) {
    throw new OptionError({ where, required: "8-bit images (Uint8Array)", got: pixels.constructor.name });
  }
  if (canMove(settings)) return;
  const remedy = 'use wavelet "haar"';
  throw new OptionError({
    where,
    required: "a wavelet with two taps, whose blocks do not overlap",
    got: settings.wavelet,
    remedy,
  });
}

function matching(images: Images, aim: Images): Images {
  checkImages(aim, where);
  const same = aim.shape.every((side, axis) => side === images.shape[axis]);
  if (same && aim.pixels instanceof Uint8Array && aim.ids.every((id, at) => id === images.ids[at])) return aim;
  throw new ShapeError({
    where,
    required: `aim 8-bit images of shape [${images.shape.join(", ")}] with the same ids in the same order`,
    got: `[${aim.shape.join(", ")}], ${aim.pixels.constructor.name}`,
  });
}

function compare(original: Images, twin: Images): Pick<Twins, "ssim" | "psnr" | "changed"> {
  const [count, channels, rows, cols] = original.shape;
  const size = channels * rows * cols;
  const each = (value: (a: Float64Array, b: Float64Array) => number): Float64Array =>
    Float64Array.from({ length: count }, (_, image) =>
      value(plainImage(original, image).values, plainImage(twin, image).values),
    );
  const tall = (values: Float64Array): { values: Float64Array; rows: number; cols: number } => ({
    values,
    rows: channels * rows, // one channel below the other
    cols,
  });
  return {
    ssim: each((a, b) => ssim(tall(a), tall(b), { window: 7 })),
    psnr: each((a, b) => psnr(tall(a), tall(b), 1)),
    changed: each((a, b) => a.reduce((sum, value, at) => sum + (value === b[at] ? 0 : 1), 0) / size),
  };
}

function embeddingGap(original: Images, twin: Images, settings: CompressSettings): number {
  let [gap, largest] = [0, 0];
  for (let image = 0; image < original.ids.length; image++) {
    const a = compressImage(plainImage(original, image), settings);
    const b = compressImage(plainImage(twin, image), settings);
    for (let at = 0; at < a.length; at++) {
      gap = Math.max(gap, Math.abs((a[at] as number) - (b[at] as number)));
      largest = Math.max(largest, Math.abs(a[at] as number));
    }
  }
  return largest === 0 ? 0 : gap / largest;
}

function summarise({ images, embeddingGap, ssim }: Twins): string {
  const lowest = ssim.reduce((low, value) => Math.min(low, value), 1);
  return `Twins of ${images.ids.length} images: embeddings equal to ${embeddingGap.toExponential(1)}, lowest SSIM ${lowest.toFixed(3)}`;
}
