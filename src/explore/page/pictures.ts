import { paint, paintImage, surfaceOf } from "./colour";
import type { Result } from "./compute";
import { figure, type PictureView, showScale, type View } from "./figure";

/** The image as it was opened. */
export function originalView(): PictureView {
  const view = figure("Original", "original");
  let shown: unknown;
  return {
    root: view.root,
    figure: view,
    show({ image, original }) {
      if (shown === image) return;
      shown = image;
      paintImage(view.canvas, original, image.shape);
      showScale(view.scale, [["grey", [0, 1], "brightness"]]);
      view.describe(`${image.name}, the original of ${image.shape[1]} by ${image.shape[2]} pixels`);
      view.caption.textContent = image.note;
    },
  };
}

/** What the paper's inverse makes of the embedding. */
export function privatizedView(): PictureView {
  const view = figure("Privatized", "privatized");
  showScale(view.scale, [["grey", [0, 1], "brightness, clamped"]]);
  return {
    root: view.root,
    figure: view,
    show({ image, privatized, settings }) {
      paintImage(view.canvas, privatized, image.shape);
      view.describe(`What the paper's inverse rebuilds of ${image.name}`);
      const [pooling = "l1"] = settings.pooling;
      view.caption.textContent =
        pooling === "l1" || pooling === "sum"
          ? "Rebuilt by the paper's inverse. An attacker may do better."
          : `The inverse means something for l1 and sum only, not for ${pooling}.`;
    },
  };
}

const furthest = 0.5;

/** How the privatized image differs from the original. */
export function differenceView(): View {
  const view = figure("Difference", "difference");
  let values = new Float32Array(0);
  showScale(view.scale, [["diverging", [-furthest, furthest], "privatized − original"]]);
  view.describe("The difference of privatized image and original, blue where the privatized one is darker");
  return {
    root: view.root,
    show(result) {
      const [channels, rows, cols] = result.image.shape;
      if (values.length !== rows * cols) values = new Float32Array(rows * cols);
      const far = subtract(result, channels, values);
      paint(surfaceOf(view.canvas, rows, cols), values, "diverging", [-furthest, furthest], { rows, cols });
      surfaceOf(view.canvas, rows, cols).show();
      view.caption.textContent = `Mean distance ${far.toFixed(3)} of full scale.`;
    },
  };
}

/** Writes the mean over channels of the differences. @returns the mean distance */
function subtract({ original, privatized }: Result, channels: number, into: Float32Array): number {
  const size = into.length;
  let total = 0;
  for (let at = 0; at < size; at++) {
    let sum = 0;
    for (let place = at; place < channels * size; place += size) {
      const value = privatized[place] as number;
      sum += (value < 0 ? 0 : value > 1 ? 1 : value) - (original[place] as number);
    }
    into[at] = sum / channels;
    total += Math.abs(into[at] as number);
  }
  return total / size;
}
