import { cropStart, reconstructImage, type ReconstructionSize } from "../compress/definition";
import type { Embedding } from "../compress/embedding";
import { type CompressSettings, type ImageShape, patchLayout } from "../compress/settings";
import { waveletFilters } from "../compress/wavelets";
import type { AttributionMap } from "./attribution";
import { type PatchInverse, patchInverse } from "./patchInverse";
import type { Numbers } from "./scoring";

/** How signed attributions become magnitudes before they are averaged, as in the paper. */
export type Magnitude = "absolute" | "squared";

/** Some images of an attribution, under a name. */
export interface ImageSubset {
  readonly name: string;
  /** Their places in the embedding. */
  readonly images: readonly number[];
}

/** What all maps of one attribution share. */
export interface MapSource {
  readonly embedding: Embedding;
  /** As the embedding's values. */
  readonly values: Float32Array;
  readonly magnitude: Magnitude;
  readonly size: ReconstructionSize;
}

/**
 * The maps of subsets of the images. Each image goes through the inverse transform once, at compact size; with filters of
 * two taps the map of original size is the same numbers repeated, which is done once a subset.
 */
export function attributionMaps(source: MapSource, subsets: readonly ImageSubset[]): AttributionMap[] {
  const sums = subsets.map(({ images }): RunningSum => ({ members: new Set(images), map: new Float64Array(0) }));
  const { embedding, size } = source;
  const { settings, ids } = embedding;
  const twoTaps = waveletFilters(settings.wavelet).analysis.low.length === 2;
  const inner = size === "original" && !twoTaps ? "original" : "compact";
  const inverse = twoTaps ? patchInverse(settings) : undefined;
  const drawable = canRebuild(settings);
  for (let image = 0; drawable && image < ids.length; image++) {
    const own = sums.filter(({ members }) => members.has(image));
    if (own.length === 0) continue;
    const map = inverse === undefined ? magnitudeMap(source, image, inner) : blockMap(source, image, inverse);
    for (const sum of own) {
      if (sum.map.length === 0) sum.map = new Float64Array(map.length);
      addTo(sum.map, map);
    }
  }
  return subsets.map((subset, at) => {
    const mean = (sums[at]?.map ?? new Float64Array(0)).map((value) => value / Math.max(1, subset.images.length));
    const compact = inverse === undefined ? mean : unfolded(mean, settings, inverse);
    const spatial = size !== inner && drawable ? repeated(compact, embedding) : Float32Array.from(compact);
    return { ...numbersOf(source, subset), spatial, ...meanReconstruction(source, subset) };
  });
}

interface RunningSum {
  readonly members: ReadonlySet<number>;
  map: Float64Array;
}

/** Whether the reconstruction formula means something for one of the poolings. */
export function canRebuild({ pooling }: CompressSettings): boolean {
  return pooling.includes("l1") || pooling.includes("sum");
}

/** One image's attribution in pixels, channels and poolings added up, as magnitudes. */
function magnitudeMap(
  { embedding, values, magnitude }: MapSource,
  image: number,
  size: ReconstructionSize,
): Float64Array {
  const { settings, imageShape } = embedding;
  const pooled = joinedPoolings(embedding, values, image);
  const { values: pixels, shape } = reconstructImage(pooled, settings, imageShape, size);
  const pixelCount = shape[1] * shape[2];
  const map = new Float64Array(pixelCount);
  for (let at = 0; at < pixels.length; at++) {
    const value = pixels[at] as number;
    map[at % pixelCount] =
      (map[at % pixelCount] as number) + (magnitude === "squared" ? value * value : Math.abs(value));
  }
  return map;
}

/** The same as {@link magnitudeMap} at compact size, for two taps: `[pixel of the block, patch]`. */
function blockMap({ embedding, values, magnitude }: MapSource, image: number, inverse: PatchInverse): Float64Array {
  const { settings, imageShape } = embedding;
  const { patch } = patchLayout(settings, imageShape);
  const squared = magnitude === "squared";
  const area = patch[0] * patch[1];
  const joined = joinedPoolings(embedding, values, image);
  const size = joined.length / imageShape[0];
  const map = new Float64Array(size);
  for (let channel = 0; channel < imageShape[0]; channel++) {
    const pixels = joined.subarray(channel * size, (channel + 1) * size);
    inverse.invert(pixels);
    for (let at = 0; at < size; at++) {
      const value = pixels[at] as number;
      map[at] = (map[at] as number) + (squared ? value * value : Math.abs(value));
    }
  }
  return map.map((value) => value / (squared ? area * area : area));
}

/** From `[pixel of the block, patch]` to `[row, col]`. */
function unfolded(
  map: Float64Array,
  { patchGrid: [rows, cols], level }: CompressSettings,
  { places }: PatchInverse,
): Float64Array {
  const side = 2 ** level;
  const result = new Float64Array(map.length);
  for (let at = 0; at < map.length; at++) {
    const [slot, patch] = [Math.floor(at / (rows * cols)), at % (rows * cols)];
    const [row, col] = places[slot] as readonly [number, number];
    const [patchRow, patchCol] = [Math.floor(patch / cols), patch % cols];
    result[(patchRow * side + row) * cols * side + patchCol * side + col] = map[at] as number;
  }
  return result;
}

/** `[channel, subBand, patchRow, patchCol]` of one image, its poolings added up. */
function joinedPoolings({ shape }: Embedding, values: Float32Array, image: number): Float64Array {
  const poolings = shape[5];
  const size = values.length / shape[0];
  const own = values.subarray(image * size, (image + 1) * size);
  if (poolings === 1) return new Float64Array(own);
  const joined = new Float64Array(size / poolings);
  for (let at = 0; at < size; at++) {
    const place = Math.floor(at / poolings);
    joined[place] = (joined[place] as number) + (own[at] as number);
  }
  return joined;
}

/**
 * A compact map at original size: coefficients that are equal all over a patch make one block of 2^level pixels a side,
 * again and again over the patch.
 */
function repeated(compact: Float64Array, { settings, imageShape }: Embedding): Float32Array {
  const [, rows, cols] = imageShape;
  const { patch, grid } = patchLayout(settings, imageShape);
  const block = 2 ** settings.level;
  const [top, left] = [0, 1].map((axis) =>
    cropStart((grid[axis] as number) * (patch[axis] as number) * block, imageShape[axis + 1] as number),
  ) as [number, number];
  const fold = (at: number, patchSide: number): number => Math.floor(at / (patchSide * block)) * block + (at % block);
  const width = grid[1] * block;
  return Float32Array.from({ length: rows * cols }, (_, at) => {
    const row = fold(Math.floor(at / cols) + top, patch[0]);
    return compact[row * width + fold((at % cols) + left, patch[1])] as number;
  });
}

function meanReconstruction(
  { embedding, size }: MapSource,
  { images }: ImageSubset,
): Pick<AttributionMap, "reconstruction" | "size"> {
  const { settings, imageShape, values } = embedding;
  if (!canRebuild(settings) || images.length === 0) return { reconstruction: new Float32Array(0), size: [0, 0] };
  const pooling = settings.pooling.findIndex((name) => name === "l1" || name === "sum");
  const step = settings.pooling.length;
  const features = values.length / embedding.shape[0];
  const sum = new Float64Array(features);
  for (const image of images) addTo(sum, values.subarray(image * features, (image + 1) * features));
  const mean = Float64Array.from(
    { length: features / step },
    (_, at) => (sum[at * step + pooling] as number) / images.length,
  );
  const { values: pixels, shape } = reconstructImage(mean, settings, imageShape, size);
  return { reconstruction: grey(pixels, shape), size: [shape[1], shape[2]] };
}

/** The mean of the channels. */
function grey(pixels: Float64Array, [channels, rows, cols]: ImageShape): Float32Array {
  return Float32Array.from({ length: rows * cols }, (_, at) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += pixels[channel * rows * cols + at] as number;
    return sum / channels;
  });
}

type PlainNumbers = Pick<AttributionMap, "name" | "images" | "patches" | "edges" | "signedEdges">;

function numbersOf(
  { embedding: { shape }, values, magnitude }: MapSource,
  { name, images }: ImageSubset,
): PlainNumbers {
  const [, , subBands, rows, cols, poolings] = shape;
  const perBand = rows * cols * poolings;
  const size = values.length / shape[0];
  const patches = new Float64Array(rows * cols);
  const edges = new Float64Array(subBands);
  const signedEdges = new Float64Array(subBands);
  for (const image of images) {
    const own = values.subarray(image * size, (image + 1) * size);
    for (let line = 0; line < size / perBand; line++) {
      let [strength, signed] = [0, 0];
      for (let patch = 0, at = line * perBand; patch < patches.length; patch++) {
        for (let pooling = 0; pooling < poolings; pooling++, at++) {
          const value = own[at] as number;
          patches[patch] = (patches[patch] as number) + Math.abs(value);
          strength += magnitude === "squared" ? value * value : Math.abs(value);
          signed += value;
        }
      }
      edges[line % subBands] = (edges[line % subBands] as number) + strength;
      signedEdges[line % subBands] = (signedEdges[line % subBands] as number) + signed;
    }
  }
  const total = edges.reduce((sum, value) => sum + value, 0);
  const mean = (sum: number): number => (images.length === 0 ? 0 : sum / images.length);
  return {
    name,
    images: images.length,
    patches: patches.map(mean),
    edges: edges.map((value) => (total === 0 ? 0 : value / total)),
    signedEdges: signedEdges.map(mean),
  };
}

function addTo(sum: Float64Array, more: Numbers): void {
  for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + (more[at] as number);
}
