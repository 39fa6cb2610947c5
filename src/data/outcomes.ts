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

/** What all images of one batch have in common, and what a person does where they have not. */
interface Trait {
  readonly name: string;
  readonly of: (image: Usable) => string;
  readonly remedy: string;
}

const traits: readonly Trait[] = [
  {
    name: "size",
    of: ({ shape: [, rows, cols] }) => `${rows}x${cols}`,
    remedy: "say what to bring them to with size: [rows, cols] (--size ROWSxCOLS)",
  },
  {
    name: "kind",
    of: ({ shape: [channels] }) => (channels === 1 ? "grey" : "colour"),
    remedy: 'choose with colour: "grey" or "rgb" (--grey or --rgb)',
  },
  {
    name: "depth",
    of: ({ bits }) => `${bits} bits`,
    remedy: "choose with bits: 8 or 16 (--bits 8 or --bits 16)",
  },
];

/** Images that cannot stand in one batch. */
export class NotAlike extends DataError {}

/**
 * Checks that two images can stand in one batch.
 *
 * @throws NotAlike naming the other's file
 */
export function checkAlike(first: Usable, other: Usable): void {
  const trait = traits.find(({ of }) => of(first) !== of(other));
  if (trait === undefined) return;
  const { name, of, remedy } = trait;
  const required = `images of one ${name} (that of ${first.id} is ${of(first)})`;
  throw new NotAlike({ where: "readImages", file: other.file, required, got: of(other), remedy });
}

const mostTold = 5;

/**
 * Checks that all images can stand in one batch.
 *
 * @throws NotAlike that tells of everything in which they differ, with numbers and examples
 */
export function checkAllAlike(images: readonly Usable[]): void {
  const found = traits.map((trait) => ({ trait, groups: groupsOf(images, trait) }));
  const differing = found.filter(({ groups }) => groups.length > 1);
  if (differing.length === 0) return;
  throw new NotAlike({
    where: "readImages",
    required: `images of one ${differing.map(({ trait }) => trait.name).join(", one ")}`,
    got: differing.map(({ groups }) => inWords(groups)).join("; "),
    remedy: differing.map(({ trait }) => trait.remedy).join("; "),
  });
}

interface Group {
  readonly value: string;
  readonly first: Usable;
  count: number;
}

/** Images that have a trait in common, the most frequent first. */
function groupsOf(images: readonly Usable[], { of }: Trait): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const first of images) {
    const value = of(first);
    const group = groups.get(value);
    if (group === undefined) groups.set(value, { value, first, count: 1 });
    else group.count++;
  }
  return [...groups.values()].sort((one, other) => other.count - one.count);
}

function inWords(groups: readonly Group[]): string {
  const told = groups.slice(0, mostTold).map(({ value, first, count }) => `${value} (${count}, as ${first.id})`);
  return [...told, ...(groups.length > mostTold ? [`${groups.length - mostTold} others`] : [])].join(", ");
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
