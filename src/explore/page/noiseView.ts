import { reconstruct } from "../../compress/browser";
import { planNoise } from "../../compress/noise/plan";
import { OptionError } from "../../core/errors";
import { paintImage } from "./colour";
import { type Result, similarity } from "./compute";
import { slider } from "./dom";
import { type Figure, figure, type View } from "./figure";
import { whenAtRest } from "./later";

const epsilons = [0.1, 0.3, 1, 3, 10, 30, 100, 300] as const;

/** The privatized image from numbers with noise: what differential privacy costs. */
export function noiseView(): View {
  const view = figure("With noise", "noise");
  let at: number = epsilons.indexOf(10);
  let latest: Result | undefined;
  const later = whenAtRest((result: Result) => draw(view, result, epsilons[at] ?? 1));
  const amount = slider("Epsilon, for one pixel", 0, (value) => {
    at = value;
    showAmount();
    if (latest !== undefined) later(latest);
  });
  const showAmount = (): void => amount.show(at, epsilons.length - 1, String(epsilons[at]));
  showAmount();
  view.root.append(amount.root);
  return {
    root: view.root,
    show(result) {
      latest = result;
      later(result);
    },
  };
}

/** Noise is drawn by the same code as in the library, from the browser's cryptographic generator, anew each time. */
function draw(view: Figure, { image, settings, original, embedding }: Result, epsilon: number): void {
  const values = embedding.values.slice();
  const obstacle = addNoise(values, { image, settings }, epsilon);
  view.root.classList.toggle("idle", obstacle !== undefined);
  if (obstacle !== undefined) {
    view.caption.textContent = obstacle;
    return;
  }
  const rebuilt = reconstruct({ values, shape: embedding.shape }, settings, image.shape).values;
  paintImage(view.canvas, rebuilt, image.shape);
  view.describe(`The privatized image with noise of epsilon ${epsilon}`);
  const alike = similarity(original, rebuilt, image.shape);
  view.caption.textContent =
    `Discrete Laplace noise${alike === undefined ? "" : `; SSIM ${alike.toFixed(3)}`}. At epsilon ${epsilon} one pixel changes the chance of any release ` +
    `by at most a factor exp(${epsilon}); whole features stay visible. No guarantee in a page that shows the original.`;
}

/** @returns what stands in the way, or undefined */
function addNoise(
  values: Float32Array,
  { image, settings }: Pick<Result, "image" | "settings">,
  epsilon: number,
): string | undefined {
  if (!(image.pixels instanceof Uint8Array)) return "Noise is calibrated for 8-bit images.";
  try {
    const images = { pixels: image.pixels, shape: [1, ...image.shape] as const, ids: [image.id] };
    planNoise(settings, image.shape, { epsilon }).apply(values, images);
    return undefined;
  } catch (error) {
    if (error instanceof OptionError)
      return `No bound is known for ${settings.wavelet} with ${settings.pooling.join()}.`;
    return "Some sums are too large for exact noise: choose a finer patch grid.";
  }
}
