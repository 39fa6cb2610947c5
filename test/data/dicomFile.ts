import { Buffer } from "node:buffer";

/** What a DICOM file is written with; what is not named has the value of an 8-bit grey image. */
export interface DicomParts {
  readonly rows: number;
  readonly cols: number;
  readonly pixels: Uint8Array | Uint16Array | Int16Array;
  readonly syntax?: string;
  /** Further elements, by group and element in hexadecimal. */
  readonly elements?: Readonly<Record<string, readonly [vr: string, value: string | number | Uint8Array]>>;
}

const explicitLittleEndian = "1.2.840.10008.1.2.1";
const longVrs = ["OB", "OW", "SQ", "UN", "UT"];

/** Writes the bytes of a small DICOM file in explicit little-endian form. */
export function dicomFile({ rows, cols, pixels, syntax = explicitLittleEndian, elements = {} }: DicomParts): Buffer {
  const bits = 8 * pixels.BYTES_PER_ELEMENT;
  const all: Record<string, readonly [string, string | number | Uint8Array]> = {
    "00280002": ["US", 1],
    "00280004": ["CS", "MONOCHROME2"],
    "00280010": ["US", rows],
    "00280011": ["US", cols],
    "00280100": ["US", bits],
    "00280101": ["US", bits],
    "00280102": ["US", bits - 1],
    "00280103": ["US", pixels instanceof Int16Array ? 1 : 0],
    ...elements,
    "7fe00010": ["OW", new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength)],
  };
  const body = Object.entries(all)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([tag, [vr, value]]) => element(tag, vr, value));
  const meta = element("00020010", "UI", syntax);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), element("00020000", "UL", length), meta, ...body]);
}

/** A sequence of one item with a lookup table of 16-bit entries, of which it says how many there are. */
export function tableSequence(
  first: number,
  bits: number,
  entries: readonly number[],
  said: number = entries.length,
): readonly ["SQ", Uint8Array] {
  const words = (values: readonly number[]): Uint8Array => new Uint8Array(Int16Array.from(values).buffer);
  const item = Buffer.concat([
    element("00283002", first < 0 ? "SS" : "US", words([said, first, bits])),
    element("00283006", "OW", words(entries)),
  ]);
  const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  head.writeUInt32LE(item.length, 4);
  return ["SQ", Buffer.concat([head, item])];
}

function element(tag: string, vr: string, value: string | number | Uint8Array): Buffer {
  const bytes = bytesOf(vr, value);
  const long = longVrs.includes(vr);
  const header = Buffer.alloc(long ? 12 : 8);
  header.writeUInt16LE(parseInt(tag.slice(0, 4), 16), 0);
  header.writeUInt16LE(parseInt(tag.slice(4), 16), 2);
  header.write(vr, 4, "latin1");
  if (long) header.writeUInt32LE(bytes.length, 8);
  else header.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([header, bytes]);
}

/** Values are of even length: text is padded with a space, the rest with a zero. */
function bytesOf(vr: string, value: string | number | Uint8Array): Buffer {
  if (typeof value === "number") {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return bytes;
  }
  const bytes = typeof value === "string" ? Buffer.from(value, "latin1") : Buffer.from(value);
  return bytes.length % 2 === 0
    ? bytes
    : Buffer.concat([bytes, Buffer.from([vr === "UI" || vr[0] === "O" ? 0 : 0x20])]);
}
