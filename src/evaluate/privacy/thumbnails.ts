import { plainImage } from "../../compress/images";
import { checkImages, type Images } from "../../core/images";

/**
 * Images shrunk to a square by the mean over the area that each new pixel covers; the scale 0..1. Reconstruction
 * attacks are measured at this size, since compact embeddings hold no finer detail.
 *
 * @param side - rows and columns of the result; default 64
 */
export function thumbnails(images: Images, side = 64): Images {
  checkImages(images, "evaluate.thumbnails");
  const [count, channels, rows, cols] = images.shape;
  const [down, across] = [areaShares(rows, side), areaShares(cols, side)];
  const pixels = new Float32Array(count * channels * side * side);
  const narrow = new Float64Array(rows * side);
  for (let image = 0; image < count; image++) {
    const { values } = plainImage(images, image);
    for (let channel = 0; channel < channels; channel++) {
      const plane = values.subarray(channel * rows * cols, (channel + 1) * rows * cols);
      for (let row = 0; row < rows; row++) {
        across.forEach(
          (shares, to) => (narrow[row * side + to] = sumOf(shares, (from) => plane[row * cols + from] as number)),
        );
      }
      const start = (image * channels + channel) * side * side;
      for (let at = 0; at < side * side; at++) {
        const shares = down[Math.floor(at / side)] as readonly Share[];
        pixels[start + at] = sumOf(shares, (from) => narrow[from * side + (at % side)] as number);
      }
    }
  }
  return { pixels, shape: [count, channels, side, side], ids: images.ids };
}

interface Share {
  readonly from: number;
  readonly share: number;
}

function areaShares(from: number, to: number): Share[][] {
  return Array.from({ length: to }, (_, at) => {
    const [start, end] = [(at * from) / to, ((at + 1) * from) / to];
    const touched = Array.from(
      { length: Math.min(from, Math.ceil(end)) - Math.floor(start) },
      (_, step) => Math.floor(start) + step,
    );
    return touched.map((pixel) => ({
      from: pixel,
      share: (Math.min(end, pixel + 1) - Math.max(start, pixel)) / (end - start),
    }));
  });
}

function sumOf(shares: readonly Share[], value: (from: number) => number): number {
  let sum = 0;
  for (const { from, share } of shares) sum += share * value(from);
  return sum;
}
