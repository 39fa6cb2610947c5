import file from "./wavelets.json";

/** The discrete wavelets that PyWavelets lists, by its names. */
// prettier-ignore
export const waveletNames = [
  "haar",
  "db1", "db2", "db3", "db4", "db5", "db6", "db7", "db8", "db9", "db10", "db11", "db12", "db13", "db14", "db15",
  "db16", "db17", "db18", "db19", "db20", "db21", "db22", "db23", "db24", "db25", "db26", "db27", "db28", "db29",
  "db30", "db31", "db32", "db33", "db34", "db35", "db36", "db37", "db38",
  "sym2", "sym3", "sym4", "sym5", "sym6", "sym7", "sym8", "sym9", "sym10", "sym11", "sym12", "sym13", "sym14",
  "sym15", "sym16", "sym17", "sym18", "sym19", "sym20",
  "coif1", "coif2", "coif3", "coif4", "coif5", "coif6", "coif7", "coif8", "coif9", "coif10", "coif11", "coif12",
  "coif13", "coif14", "coif15", "coif16", "coif17",
  "bior1.1", "bior1.3", "bior1.5", "bior2.2", "bior2.4", "bior2.6", "bior2.8", "bior3.1", "bior3.3", "bior3.5",
  "bior3.7", "bior3.9", "bior4.4", "bior5.5", "bior6.8",
  "rbio1.1", "rbio1.3", "rbio1.5", "rbio2.2", "rbio2.4", "rbio2.6", "rbio2.8", "rbio3.1", "rbio3.3", "rbio3.5",
  "rbio3.7", "rbio3.9", "rbio4.4", "rbio5.5", "rbio6.8",
  "dmey",
] as const;

/** A discrete wavelet by its PyWavelets name, for instance `"haar"`, `"db2"`, `"coif2"`. */
export type WaveletName = (typeof waveletNames)[number];

/** The four filters of a wavelet, all of one even length. */
export interface Wavelet {
  readonly name: WaveletName;
  /** Cross-correlated with the image, stride 2. */
  readonly analysis: Filters;
  /** PyWavelets' synthesis filters reversed: the taps of the transposed filtering that undoes the analysis. */
  readonly synthesis: Filters;
}

/** A low-pass and a high-pass filter of one length. */
export interface Filters {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

interface Taps {
  readonly low: readonly number[];
  /** Where it is not the reversed analysis filter (biorthogonal wavelets). */
  readonly synthesisLow?: readonly number[];
}

/** The filters of a wavelet. Each side's high-pass filter is the other side's low-pass filter with alternating signs. */
export function waveletFilters(name: WaveletName): Wavelet {
  const taps: Taps = file.taps[name];
  const low = Float64Array.from(taps.low);
  const synthesisLow = taps.synthesisLow === undefined ? low.toReversed() : Float64Array.from(taps.synthesisLow);
  const alternate = (filter: Float64Array, first: 1 | -1): Float64Array =>
    filter.map((tap, at) => (at % 2 === 0 ? first * tap : -first * tap));
  return {
    name,
    analysis: { low, high: alternate(synthesisLow, -1) },
    synthesis: { low: synthesisLow.toReversed(), high: alternate(low, 1).reverse() },
  };
}
