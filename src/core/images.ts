import { DataError, ShapeError } from "./errors";

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

/**
 * Checks images at the edge of a public function.
 *
 * @param where - the function that asks, named in the message
 * @throws ShapeError when the shape is not four positive whole numbers, or pixels or ids do not fit it
 * @throws DataError when an id stands twice, or a floating-point pixel is NaN or infinite
 */
export function checkImages(images: Images, where: string): void {
  const { pixels, shape, ids } = images;
  if (shape.length !== 4 || shape.some((side, axis) => !Number.isInteger(side) || side < (axis === 0 ? 0 : 1))) {
    throw new ShapeError({
      where,
      required: "shape [image, channel, row, col] of positive whole numbers",
      got: `[${shape.join(", ")}]`,
    });
  }
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
  if (pixels instanceof Float32Array) checkFinite(images, where);
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

function checkFinite({ pixels, shape, ids }: Images, where: string): void {
  const bad = pixels.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const [, channels, rows, cols] = shape;
  const image = Math.floor(bad / (channels * rows * cols));
  const place = `row ${Math.floor(bad / cols) % rows}, col ${bad % cols}`;
  throw new DataError({ where, required: "finite pixels", got: `${pixels[bad]} in image "${ids[image]}" at ${place}` });
}
