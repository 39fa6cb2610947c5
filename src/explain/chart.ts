import type { PlainImage } from "../compress/definition";

/**
 * A synthetic test chart: bars 1, 2, 4, ... pixels wide from left to right, vertical in the top third, horizontal in the
 * middle, diagonal below; grey between 0.1 and 0.9.
 */
export function chart(rows: number, cols: number): PlainImage {
  const fields = Math.max(1, Math.floor(Math.log2(Math.min(rows, cols) / 8)) + 1);
  const values = Float64Array.from({ length: rows * cols }, (_, at) => {
    const [row, col] = [Math.floor(at / cols), at % cols];
    const width = 2 ** Math.floor((col * fields) / cols);
    const third = Math.floor((row * 3) / rows);
    const along = third === 0 ? col : third === 1 ? row : row + col;
    return Math.floor(along / width) % 2 === 0 ? 0.1 : 0.9;
  });
  return { values, shape: [1, rows, cols] };
}
