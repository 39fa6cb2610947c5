/** One image in memory, before it joins others; pixels `[channel, row, col]`. */
export interface Decoded {
  readonly pixels: Uint8Array | Uint16Array;
  readonly shape: readonly [channel: number, row: number, col: number];
}

/** Whether an image of these sides and bits is wanted: asked when its header is known, before it is decoded. */
export type IsWanted = (shape: Decoded["shape"], bits: 8 | 16) => boolean;

/**
 * Brings an image to a size without scaling: a side that is too long is cropped about the centre, a side that is too
 * short padded with zeros on both ends; with an odd difference the extra line goes to or comes from the end.
 */
export function centre(image: Decoded, size: readonly [rows: number, cols: number]): Decoded {
  const [channels, rows, cols] = image.shape;
  const [newRows, newCols] = size;
  if (rows === newRows && cols === newCols) return image;
  const vertical = overlap(rows, newRows);
  const horizontal = overlap(cols, newCols);
  const length = channels * newRows * newCols;
  const pixels = image.pixels instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length);
  for (let channel = 0; channel < channels; channel++) {
    for (let line = 0; line < vertical.length; line++) {
      const from = (channel * rows + vertical.from + line) * cols + horizontal.from;
      const to = (channel * newRows + vertical.to + line) * newCols + horizontal.to;
      pixels.set(image.pixels.subarray(from, from + horizontal.length), to);
    }
  }
  return { pixels, shape: [channels, newRows, newCols] };
}

function overlap(from: number, to: number): { from: number; to: number; length: number } {
  return {
    from: Math.max(0, Math.floor((from - to) / 2)),
    to: Math.max(0, Math.floor((to - from) / 2)),
    length: Math.min(from, to),
  };
}
