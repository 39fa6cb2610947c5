import { plainImage } from "../compress/images";
import type { Page, Tile } from "../display/view";
import { settingsInWords } from "./modelScore";
import type { Twins } from "./twinsResult";

const mostShown = 4;

/** Originals beside their twins, and how far apart they are. */
export function twinsView(twins: Twins): Page {
  const { original, images, ssim, psnr, changed, embeddingGap, twinBits, settings } = twins;
  const shown = original.ids.slice(0, mostShown);
  return {
    kind: "page",
    title: `One embedding, two images (${settingsInWords(settings)})`,
    views: [
      {
        kind: "picture",
        title: "Images and their twins: the same numbers after compression",
        alt: "Pairs of images that differ in detail and have equal embeddings",
        tiles: shown.flatMap((id, image) => [
          tile(id, original, image),
          tile(`twin, SSIM ${(ssim[image] as number).toFixed(2)}`, images, image),
        ]),
        columns: Math.min(shown.length, 2) * 2,
        tileWidth: 220,
        note: "Black is 0, white is 255.",
      },
      {
        kind: "table",
        columns: [
          { name: "image" },
          { name: "SSIM (window 7)", digits: 3 },
          { name: "PSNR (dB)", digits: 1 },
          { name: "pixels changed", digits: 3 },
        ],
        rows: shown.map((id, image) => [id, ssim[image] as number, psnr[image] as number, changed[image] as number]),
        note: `Largest difference of the embeddings: ${embeddingGap.toExponential(1)} of the largest value. About 2^${Math.round(twinBits)} arrangements of one image have its embedding. An attacker who knows what images look like may still rule out most of them.`,
      },
    ],
  };
}

function tile(label: string, images: Twins["images"], image: number): Tile {
  const { values, shape } = plainImage(images, image);
  const channels = shape[0] === 3 ? 3 : 1;
  const size = channels * shape[1] * shape[2];
  return {
    label,
    values: Float32Array.from(values.subarray(0, size)),
    shape: [channels, shape[1], shape[2]],
    range: [0, 1],
    palette: "grey",
  };
}
