import { inflateRawSync } from "node:zlib";
import type { ByteArrayParser, DataSet, Element } from "dicom-parser";
import { DataError, OptionError } from "../../core/errors";
import { dicomParser } from "../../core/packages";
import { numberOf } from "./tags";

/** What a DICOM file says about its pixels, and where they lie. */
export interface DicomImage {
  readonly file: string;
  readonly dataSet: DataSet;
  readonly pixelData: Element;
  /** UID of the transfer syntax: byte order and compression. */
  readonly syntax: string;
  readonly frames: number;
  readonly rows: number;
  readonly cols: number;
  /** Samples of a pixel: 1 or 3. */
  readonly samples: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Whether each sample's plane stands by itself. */
  readonly planar: boolean;
  /** MONOCHROME2, RGB and so on. */
  readonly photometric: string;
}

const where = "readImages";
const pixelTag = "x7fe00010";
const largestInflated = 2 ** 31;
/** Explicit VR Big Endian, the one syntax in which words have their high byte first. */
export const bigEndian = "1.2.840.10008.1.2.2";

/** Whether these bytes begin a DICOM file: 128 of any kind, then the letters. */
export function isDicom(bytes: Uint8Array): boolean {
  return bytes[128] === 0x44 && bytes[129] === 0x49 && bytes[130] === 0x43 && bytes[131] === 0x4d;
}

/**
 * Reads the header of a DICOM file.
 *
 * @throws DataError naming the file: broken off, without pixels, or with pixels that are no image of grey or three colours
 */
export function parseHeader(file: string, bytes: Uint8Array): DicomImage {
  const dataSet = parsed(file, bytes);
  const pixelData = dataSet.elements[pixelTag];
  const fail = (required: string, got: string): never => {
    throw new DataError({ where, file, required, got });
  };
  if (pixelData === undefined) return fail("a DICOM file with pixel data", "one without");
  const count = (tag: string, missing = NaN): number => dataSet.uint16(tag) ?? missing;
  const bitsAllocated = count("x00280100");
  const bitsStored = count("x00280101", bitsAllocated);
  const image: DicomImage = {
    ...{ file, dataSet, pixelData, bitsAllocated, bitsStored },
    syntax: dataSet.string("x00020010") ?? "none",
    frames: frameCount(dataSet),
    rows: count("x00280010"),
    cols: count("x00280011"),
    samples: count("x00280002", 1),
    highBit: count("x00280102", bitsStored - 1),
    signed: count("x00280103", 0) === 1,
    planar: count("x00280006", 0) === 1,
    photometric: dataSet.string("x00280004") ?? "none",
  };
  const { rows, cols, samples, highBit, frames } = image;
  if (frames > bytes.length) fail("no more frames than bytes", `${frames}`);
  if (!(rows >= 1 && cols >= 1)) fail("rows and columns", `${rows}x${cols}`);
  if (samples !== 1 && samples !== 3) fail("1 or 3 samples a pixel", `${samples}`);
  if (![1, 8, 16, 32].includes(bitsAllocated)) fail("1, 8, 16 or 32 bits allocated", `${bitsAllocated}`);
  if (!(bitsStored >= 1 && highBit < bitsAllocated && highBit + 1 >= bitsStored)) {
    fail("stored bits within the allocated ones", `${bitsStored} of ${bitsAllocated}, the highest ${highBit}`);
  }
  return image;
}

/** How many frames there are, as far as the beginning of a file tells; undefined where it tells nothing. */
export function framesInStart(bytes: Uint8Array): number | undefined {
  let dataSet: DataSet | undefined;
  try {
    dataSet = dicomParser().parseDicom(bytes, { untilTag: "x00280010" });
  } catch (error) {
    ({ dataSet } = Object(error) as { readonly dataSet?: DataSet }); // cut off, it has what came before the cut
  }
  // Rows come after the number of frames, so that without them it may still come.
  return dataSet?.elements["x00280010"] === undefined ? undefined : frameCount(dataSet);
}

/** As {@link tagsOf}, of the beginning of a file; undefined where that does not reach to the pixels or has them packed. */
export function tagsInStart(bytes: Uint8Array, names: readonly string[]): ReturnType<typeof tagsOf> | undefined {
  try {
    const { parseDicom, readPart10Header } = dicomParser();
    if (isMislabelled(readPart10Header(bytes) as Meta, bytes)) return undefined;
    const dataSet = parseDicom(bytes, { untilTag: pixelTag });
    return dataSet.elements[pixelTag] === undefined ? undefined : tagsOf({ dataSet }, names);
  } catch (error) {
    if (error instanceof OptionError) throw error;
    return undefined;
  }
}

function frameCount(dataSet: DataSet): number {
  return Math.max(1, dataSet.intString("x00280008") || 1);
}

/** Numbers of an element that holds them as text, one or several. */
export function numbersOf(dataSet: DataSet, tag: string): readonly number[] {
  const text = dataSet.string(tag)?.trim() ?? "";
  return text === "" ? [] : text.split("\\").map(Number);
}

/**
 * The values of elements as text, by the names that were asked for; empty where an element is not there.
 *
 * @throws OptionError for a name that is neither known nor of the form gggg,eeee
 */
export function tagsOf(
  { dataSet }: Pick<DicomImage, "dataSet">,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, dataSet.string(numberOf(name))?.trim() ?? ""]));
}

function parsed(file: string, bytes: Uint8Array): DataSet {
  try {
    const { parseDicom, readPart10Header } = dicomParser();
    const meta = readPart10Header(bytes) as Meta;
    if (isMislabelled(meta, bytes)) return implicit(meta, bytes);
    return parseDicom(bytes, { inflater: (all, position) => inflated(all, position) as never });
  } catch (cause) {
    throw new DataError({ where, file, required: "a whole DICOM file", got: inWords(cause) }, { cause });
  }
}

/** What precedes the image, and where it ends. */
type Meta = DataSet & { readonly position: number };

/** Whether elements have no type of their own though the syntax says so: pydicom, too, goes by the first one. */
function isMislabelled({ position, ...meta }: Meta, bytes: Uint8Array): boolean {
  const syntax = meta.elements["x00020010"];
  if (syntax === undefined) return false;
  const name = Buffer.from(bytes.subarray(syntax.dataOffset, syntax.dataOffset + syntax.length)).toString("latin1");
  if (/^1\.2\.840\.10008\.1\.2(\.2|\.1\.99)?\0?$/.test(name)) return false; // implicit already, big-endian, deflated
  const type = Buffer.from(bytes.subarray(position + 4, position + 6)).toString("latin1");
  return type.length === 2 && !/^[A-Z]{2}$/.test(type);
}

function implicit(meta: Meta, bytes: Uint8Array): DataSet {
  const parser = dicomParser() as ReturnType<typeof dicomParser> & { readonly DataSet: DataSetClass };
  const stream = new parser.ByteStream(parser.littleEndianByteArrayParser, bytes, meta.position);
  const dataSet = new parser.DataSet(stream.byteArrayParser, bytes, { ...meta.elements });
  // Pixels look like a sequence where nothing says that they are none.
  const vrCallback = (tag: string): string => (tag === pixelTag ? "OB" : (undefined as never));
  parser.parseDicomDataSetImplicit(dataSet, stream, bytes.length, { untilTag: "", vrCallback });
  const pixels = dataSet.elements[pixelTag];
  if (pixels?.hadUndefinedLength === true) {
    const rest = new parser.ByteStream(stream.byteArrayParser, bytes, pixels.dataOffset);
    parser.findEndOfEncapsulatedElement(rest, pixels);
  }
  return dataSet;
}

type DataSetClass = new (parser: ByteArrayParser, bytes: Uint8Array, elements: DataSet["elements"]) => DataSet;

/** The parser throws words, errors, and words in an object. */
function inWords(cause: unknown): string {
  const { exception = cause } = Object(cause) as { readonly exception?: unknown };
  const words = exception instanceof Error ? exception.message : String(exception);
  return `one that is damaged: ${words.replace(/^dicomParser[.:]\w+: /, "")}`;
}

/** The header as it is, and after it what was deflated. */
function inflated(bytes: Uint8Array, position: number): Uint8Array {
  const rest = inflateRawSync(bytes.subarray(position), { maxOutputLength: largestInflated });
  return Buffer.concat([bytes.subarray(0, position), rest]);
}
