import { coefficients } from "./compute";
import { figure, showScale, type View, whole } from "./figure";
import { type BandScales, type Bands, labelBands, meanOverChannels, paintBands } from "./nested";

/** The sub-bands before pooling: what the wavelet packet transform makes of the image. */
export function mosaicView(): View {
  const view = figure("Sub-bands, before pooling", "mosaic");
  let shown = "";
  let shownImage: unknown;
  return {
    root: view.root,
    show({ image, settings, layout }) {
      const { level, wavelet } = settings;
      if (shown === `${wavelet} ${level}` && shownImage === image) return;
      [shown, shownImage] = [`${wavelet} ${level}`, image];
      const [rows, cols] = layout.subBand;
      const values = meanOverChannels(coefficients(image, settings).values, image.shape[0]);
      const bands: Bands = { values, level, rows, cols };
      showBandScales(view.scale, paintBands(view.canvas, bands));
      labelBands(view.overlay, level);
      view.describe(`The ${4 ** level} sub-bands of the image, each of ${cols} by ${rows} coefficients`);
      const count = `${whole(4 ** level)} sub-bands of ${cols} × ${rows} coefficients`;
      view.caption.textContent = `${count}. V answers to vertical edges, H to horizontal ones, D to both.`;
    },
  };
}

export function showBandScales(place: HTMLElement, { approximation, details, signed }: BandScales): void {
  showScale(place, [
    ["grey", approximation, "A"],
    [signed ? "diverging" : "sequential", details, "details"],
  ]);
}
