import { DataError, ShapeError } from "../core/errors";
import { type Rejected, checkObject, checkUnique, typeName } from "../core/images";
import type { Guarantee } from "./noise/guarantee";
import { type CompressSettings, embeddingShape } from "./settings";

/** The axes of an embedding and of everything that stands beside it number by number. */
export type EmbeddingShape = readonly [
  image: number,
  channel: number,
  subBand: number,
  patchRow: number,
  patchCol: number,
  pooling: number,
];

/** Compressed images: for every patch of every sub-band one number for each pooling. */
export interface Embedding {
  readonly values: Float32Array;
  readonly shape: EmbeddingShape;
  readonly settings: CompressSettings;
  /** The shape of the images that were compressed. */
  readonly imageShape: readonly [channel: number, row: number, col: number];
  readonly ids: readonly string[];
  /** What noise promises; there when it was added. */
  readonly guarantee?: Guarantee;
  /** Files that could not be read and are not among the images; there when some were. */
  readonly rejected?: readonly Rejected[];
}

/**
 * Checks an embedding at the edge of a public function.
 *
 * @throws ShapeError when shape, settings, values and ids do not fit each other
 * @throws DataError when it is not an embedding, or an id stands twice
 */
export function checkEmbedding(embedding: Embedding, where: string): void {
  checkObject(embedding, "an embedding", where);
  const { values, shape, settings, imageShape, ids } = embedding;
  checkValues(values, where);
  const expected = [ids.length, ...embeddingShape(settings, imageShape)];
  if (expected.length !== shape.length || expected.some((side, axis) => side !== shape[axis])) {
    const required = `shape [${expected.join(", ")}] for ${ids.length} ids and these settings`;
    throw new ShapeError({ where, required, got: `[${shape.join(", ")}]` });
  }
  const size = expected.reduce((product, side) => product * side, 1);
  if (values.length !== size) {
    throw new ShapeError({
      where,
      required: `${size} values for shape [${shape.join(", ")}]`,
      got: `${values.length}`,
    });
  }
  checkUnique(ids, where);
}

function checkValues(values: unknown, where: string): void {
  if (values instanceof Float32Array) return;
  const required = "an embedding with values in a Float32Array";
  throw new DataError({ where, required, got: typeName(values), remedy: "compress the images first" });
}
