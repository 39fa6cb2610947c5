import type { Images } from "../core/images";
import { sharp } from "../core/packages";

/** 8-bit images scaled to a size, both sides, by Lanczos interpolation of order 3. */
export async function resizeRaw(
  { pixels, shape, ids }: Images,
  size: number | readonly [rows: number, cols: number],
): Promise<Images> {
  const [count, channels, rows, cols] = shape;
  const [newRows, newCols] = typeof size === "number" ? [size, size] : size;
  const plane = rows * cols;
  const scaled = new Uint8Array(count * channels * newRows * newCols);
  for (let at = 0; at < count * channels; at++) {
    // Each channel is scaled as a grey image of its own.
    const grey = sharp()(pixels.slice(at * plane, (at + 1) * plane), {
      raw: { width: cols, height: rows, channels: 1 },
    });
    const bytes = await grey.resize(newCols, newRows, { fit: "fill" }).toColourspace("b-w").raw().toBuffer();
    scaled.set(bytes, at * newRows * newCols);
  }
  return { pixels: scaled, shape: [count, channels, newRows, newCols], ids };
}
