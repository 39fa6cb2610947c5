import { type Complaint, DataError } from "../core/errors";
import type { Images, Rejected } from "../core/images";
import type { ImageFile } from "./imageFile";

/** An image file that could be read, without its pixels. */
export interface Usable extends ImageFile {
  readonly shape: readonly [channel: number, row: number, col: number];
  readonly bits: number;
}

/** The bits of a pixel. */
export function bitsOf(pixels: Images["pixels"]): number {
  return 8 * pixels.BYTES_PER_ELEMENT;
}

/** An error of reading in words, without the file's name. */
export function reasonOf({ required, got, remedy }: DataError): string {
  return `${required}, got ${got}${remedy === undefined ? "" : `; ${remedy}`}`;
}

/**
 * Checks that two images can stand in one batch.
 *
 * @throws DataError naming the other's file
 */
export function checkAlike(first: Usable, other: Usable): void {
  const [channels, rows, cols] = other.shape;
  const [firstChannels, firstRows, firstCols] = first.shape;
  const fail = (required: string, got: string, remedy: string): never => {
    throw new DataError({ where: "readImages", file: other.file, required, got, remedy });
  };
  if (rows !== firstRows || cols !== firstCols) {
    fail(
      `images of one size (${first.id} has ${firstRows}x${firstCols})`,
      `${rows}x${cols}`,
      "say what to bring them to with size: [rows, cols] (--size ROWSxCOLS)",
    );
  }
  if (channels !== firstChannels) {
    fail(
      `images of one kind (${first.id} is ${kindOf(firstChannels)})`,
      kindOf(channels),
      'choose with colour: "grey" or "rgb" (--grey or --rgb)',
    );
  }
  if (other.bits !== first.bits) {
    fail(
      `images of one depth (${first.id} has ${first.bits} bits)`,
      `${other.bits} bits`,
      "choose with bits: 8 or 16 (--bits 8 or --bits 16)",
    );
  }
}

function kindOf(channels: number): string {
  return channels === 1 ? "grey" : "colour";
}

/** Of many files none could be used. */
export class NothingUsable extends DataError {
  readonly rejected: readonly Rejected[];

  constructor(complaint: Complaint, rejected: readonly Rejected[]) {
    super(complaint);
    this.rejected = rejected;
  }
}

/** What is thrown where no file at all could be used. */
export function nothingUsable(rejected: readonly Rejected[]): NothingUsable {
  const [first] = rejected;
  const required = "at least one image that can be read";
  const got = first === undefined ? "none" : `${rejected.length} that cannot, the first ${first.file}: ${first.reason}`;
  return new NothingUsable({ where: "readImages", required, got }, rejected);
}
