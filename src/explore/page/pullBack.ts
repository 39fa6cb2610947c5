import { compress } from "../../compress/browser";
import { cropStart } from "../../compress/definition";
import { type CompressSettings, patchLayout } from "../../compress/settings";
import { type WaveletName, waveletNames } from "../../compress/wavelets";

type Shape = readonly [channel: number, row: number, col: number];

/**
 * How a weighted sum of the privatized image's pixels depends on every number of the embedding. The inverse is linear,
 * so that this is its transpose: the weights, laid where the inverse crops, transformed by the wavelet's dual and summed
 * over patches, over the patches' area. Weights times pixels and these times the embedding are the same number.
 *
 * @param weights - `[channel, row, col]`
 * @returns `[channel, subBand, patchRow, patchCol]`
 */
export function pullBack(weights: Float32Array, settings: CompressSettings, imageShape: Shape): Float32Array {
  const { level, patchGrid, wavelet } = settings;
  const [channels, rows, cols] = imageShape;
  const { patch } = patchLayout(settings, imageShape);
  const side = 2 ** level;
  const whole = [patchGrid[0] * patch[0] * side, patchGrid[1] * patch[1] * side] as const;
  const [top, left] = [cropStart(whole[0], rows), cropStart(whole[1], cols)];
  const pixels = new Float32Array(channels * whole[0] * whole[1]);
  for (let line = 0; line < channels * rows; line++) {
    const [channel, row] = [Math.floor(line / rows), line % rows];
    const to = (channel * whole[0] + top + row) * whole[1] + left;
    pixels.set(weights.subarray(line * cols, (line + 1) * cols), to);
  }
  const images = { pixels, shape: [1, channels, ...whole] as const, ids: ["weights"] };
  const { values } = compress(images, { level, patchGrid, wavelet: dualOf(wavelet), pooling: "sum" });
  const area = patch[0] * patch[1];
  return values.map((value) => value / area);
}

/** The wavelet whose analysis filters are the synthesis filters of this one. */
function dualOf(wavelet: WaveletName): WaveletName {
  const other = wavelet.startsWith("bior") ? wavelet.replace("bior", "rbio") : wavelet.replace("rbio", "bior");
  return waveletNames.find((name) => name === other) ?? wavelet;
}
