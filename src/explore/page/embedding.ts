import { figure, type View, whole } from "./figure";
import { showBandScales } from "./mosaic";
import { labelBands, meanOverChannels, paintBands } from "./nested";

/** The embedding: all that is kept, every patch of every sub-band one number. */
export function embeddingView(): View {
  const view = figure("Embedding, all that is kept", "embedding");
  return {
    root: view.root,
    show({ image, settings, embedding }) {
      const { level, patchGrid } = settings;
      const [rows, cols] = patchGrid;
      const values = meanOverChannels(embedding.values, image.shape[0]);
      showBandScales(view.scale, paintBands(view.canvas, { values, level, rows, cols }));
      labelBands(view.overlay, level);
      view.describe(`The embedding: ${4 ** level} sub-bands of ${rows} by ${cols} patches, a number each`);
      view.caption.textContent = `${whole(embedding.values.length)} numbers: ${whole(4 ** level)} sub-bands × ${rows} × ${cols} patches${image.shape[0] > 1 ? ` × ${image.shape[0]} channels (drawn: their mean)` : ""}.`;
    },
  };
}
