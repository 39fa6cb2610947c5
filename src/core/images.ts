import { DataError, OptionError, ShapeError } from "./errors";

/**
 * Images of one size, in memory.
 *
 * `pixels` are row-major in the order of `shape`: `Uint8Array` means 0..255, `Uint16Array` 0..65535, and
 * `Float32Array` nominally 0..1. Ids are unique; every later result refers to an image by its id.
 */
export interface Images {
  readonly pixels: Uint8Array | Uint16Array | Float32Array;
  readonly shape: readonly [image: number, channel: number, row: number, col: number];
  readonly ids: readonly string[];
}

/** A file that could not be used, and why. */
export interface Rejected {
  readonly file: string;
  readonly id: string;
  /** In words, without the file's name. */
  readonly reason: string;
}

/** Whether images come batch by batch. */
export function isStream(images: unknown): images is AsyncIterable<Images> {
  return typeof images === "object" && images !== null && Symbol.asyncIterator in images;
}

/**
 * Checks images at the edge of a public function.
 *
 * @param where - the function that asks, named in the message
 * @throws ShapeError when the shape is not four positive whole numbers, or pixels or ids do not fit it
 * @throws DataError when pixels or ids are of another type, an id stands twice, or a floating-point pixel is NaN or
 *   beyond 1e15, so that sums of squares might not fit single precision
 */
export function checkImages(images: Images, where: string): void {
  checkLayout(images, where);
  if (images.pixels instanceof Float32Array) checkFinite(images, where, 0, images.pixels.length);
}

/**
 * As {@link checkImages}, without looking at every pixel: {@link checkPixels} does.
 *
 * @throws ShapeError and DataError as checkImages, but for pixels that are not finite
 */
export function checkLayout(images: Images, where: string): void {
  checkParts(images, where);
  const { pixels, shape, ids } = images;
  const size = shape[0] * shape[1] * shape[2] * shape[3];
  if (pixels.length !== size) {
    throw new ShapeError({
      where,
      required: `${size} pixels for shape [${shape.join(", ")}]`,
      got: `${pixels.length}`,
    });
  }
  if (ids.length !== shape[0]) {
    throw new ShapeError({ where, required: `${shape[0]} ids, one an image`, got: `${ids.length}` });
  }
  checkUnique(ids, where);
}

const pixelsAtOnce = 2 ** 22; // some milliseconds

/**
 * Checks that the pixels of images are finite, with a pause after so many that a thread should be let go.
 *
 * @throws DataError when a floating-point pixel is NaN or infinite, and what the pause throws
 */
export async function checkPixels(images: Images, where: string, pause: () => Promise<void>): Promise<void> {
  const { pixels } = images;
  if (!(pixels instanceof Float32Array)) return;
  for (let from = 0; from < pixels.length; from += pixelsAtOnce) {
    if (from > 0) await pause();
    checkFinite(images, where, from, Math.min(from + pixelsAtOnce, pixels.length));
  }
}

/**
 * Checks that images have pixels, a shape and ids of the types they need, without looking at every pixel.
 *
 * @throws DataError when they are not images, or pixels or ids are of another type
 * @throws ShapeError when the shape is not four positive whole numbers
 */
export function checkParts(images: Images, where: string): void {
  const required = "images { pixels, shape, ids }";
  checkObject(
    images,
    required,
    where,
    "read files with await readImages(path); those of a data set are dataset.images()",
  );
  if (Symbol.asyncIterator in images) {
    throw new DataError({ where, required, got: "a stream", remedy: "gather it first: await collectImages(stream)" });
  }
  const { pixels, shape, ids }: { readonly [part in keyof Images]: unknown } = images;
  if (!("pixels" in images)) {
    const remedy =
      "images" in images ? "give its images(), in memory await collectImages(dataset.images())" : undefined;
    throw new DataError({ where, required, got: inBrief(images), ...(remedy === undefined ? {} : { remedy }) });
  }
  if (!(pixels instanceof Uint8Array || pixels instanceof Uint16Array || pixels instanceof Float32Array)) {
    const required = "pixels in a Uint8Array (0..255), Uint16Array (0..65535) or Float32Array (0..1)";
    const remedy = "copy them into the one that has their range, for instance Float32Array.from(pixels)";
    throw new DataError({ where, required, got: typeName(pixels), remedy });
  }
  const isSide = (side: unknown, axis: number): boolean =>
    Number.isInteger(side) && Number(side) >= (axis === 0 ? 0 : 1);
  if (!Array.isArray(shape) || shape.length !== 4 || !shape.every(isSide)) {
    const got = Array.isArray(shape) ? `[${shape.join(", ")}]` : typeName(shape);
    throw new ShapeError({ where, required: "shape [image, channel, row, col] of positive whole numbers", got });
  }
  if (!Array.isArray(ids)) {
    throw new DataError({ where, required: "ids in an array, one an image", got: typeName(ids) });
  }
}

/**
 * Checks that an argument is a single object: not left out, not a list, not a promise that nobody awaited.
 *
 * @param required - what the argument should be, as the message's words
 * @param remedy - where to get it
 * @throws DataError naming what came
 */
export function checkObject(value: unknown, required: string, where: string, remedy?: string): void {
  if (value instanceof Promise) throw new DataError({ where, required, got: "a Promise", remedy: "await it first" });
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw new DataError({ where, required, got: inBrief(value), ...(remedy === undefined ? {} : { remedy }) });
}

/** A value as a message names it: numbers as they are, a short text in quotes, a plain object by its members, all else by its type. */
export function inBrief(value: unknown): string {
  if (typeof value === "string") return `"${value.slice(0, 40)}"`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeName(value) !== "Object") return typeName(value);
  const names = Object.keys(value as object);
  return `{ ${[...names.slice(0, mostNames), ...(names.length > mostNames ? ["..."] : [])].join(", ")} }`;
}

/**
 * Checks that a list came where one is needed, and not the one text that it would hold.
 *
 * @param example - of a call, for the remedy
 * @throws OptionError naming what came
 */
export function checkList(value: unknown, where: string, required: string, example: string): void {
  if (Array.isArray(value)) return;
  throw new OptionError({ where, required, got: inBrief(value), remedy: `put one in brackets: ${example}` });
}

const mostNames = 12; // of an object's members in a message

/** The type of a value as a message names it: `"Float64Array"`, `"Array"`, `"undefined"`. */
export function typeName(value: unknown): string {
  return Object.prototype.toString
    .call(value)
    .slice("[object ".length, -1)
    .replace(/^(Undefined|Null)$/, (name) => name.toLowerCase());
}

/**
 * Checks that no id stands twice: records are matched by id everywhere.
 *
 * @throws DataError naming the first id that repeats
 */
export function checkUnique(ids: readonly string[], where: string): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) {
      throw new DataError({
        where,
        required: "ids that are unique",
        got: `"${id}" twice`,
        remedy: "give every image an id of its own",
      });
    }
    seen.add(id);
  }
}

const largestPixel = 1e15; // the squares of 2^28 of them add up to less than single precision ends at, 3.4e38

function checkFinite({ pixels, shape, ids }: Images, where: string, from: number, to: number): void {
  const beyond = Number.MAX_VALUE / largestPixel; // makes larger ones infinite
  let zero = 0; // a finite number times zero is zero, NaN and infinities give NaN: many times faster than asking each
  for (let at = from; at < to; at++) zero += (pixels[at] as number) * beyond * 0;
  if (zero === 0) return;
  const bad = pixels.findIndex((value) => !(Math.abs(value) <= largestPixel));
  const [, channels, rows, cols] = shape;
  const image = Math.floor(bad / (channels * rows * cols));
  const place = `row ${Math.floor(bad / cols) % rows}, col ${bad % cols}`;
  const required = "finite pixels between -1e15 and 1e15";
  throw new DataError({ where, required, got: `${pixels[bad]} in image "${ids[image]}" at ${place}` });
}
