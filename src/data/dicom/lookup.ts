import type { DataSet } from "dicom-parser";
import { DataError } from "../../core/errors";
import type { DicomImage } from "./header";

/** A table that gives a value for every whole number from its first on; beyond its ends the values at the ends. */
export interface LookupTable {
  readonly first: number;
  readonly values: Uint16Array;
  /** Of a value. */
  readonly bits: number;
}

/**
 * The table of a sequence's first item (DICOM PS3.3, C.11.1 and C.11.2); undefined where there is no such sequence.
 *
 * @throws DataError when there is no table in it
 */
export function sequenceTable(image: DicomImage, sequence: string): LookupTable | undefined {
  const element = image.dataSet.elements[sequence];
  if (element === undefined) return undefined;
  const item = element.items?.[0]?.dataSet;
  if (item === undefined) throw missing(image, "a sequence without any");
  return tableOf(image, item, "x00283002", "x00283006");
}

/**
 * A table by the elements that describe and hold it. Entries of 8 bits may stand in words or in bytes.
 *
 * @throws DataError when one of them is missing, or there are fewer entries than it says
 */
export function tableOf(image: DicomImage, from: DataSet, descriptor: string, data: string): LookupTable {
  const [described, table] = [from.elements[descriptor], from.elements[data]];
  if (described === undefined || table === undefined || described.length < 6) throw missing(image, "none");
  const entries = from.uint16(descriptor, 0) || 65536;
  const isSigned = described.vr === "SS" || (described.vr !== "US" && image.signed);
  const first = (isSigned ? from.int16 : from.uint16).call(from, descriptor, 1) ?? 0;
  const bits = from.uint16(descriptor, 2) ?? 16;
  const isWide = table.length >= 2 * entries;
  const isWhole = isWide || (bits <= 8 && table.length >= entries);
  if (!isWhole || !(bits >= 1 && bits <= 16)) throw missing(image, `${table.length} bytes, ${bits} bits`);
  const bytes = from.byteArray.subarray(table.dataOffset, table.dataOffset + table.length);
  const entry = (at: number): number => (isWide ? (from.uint16(data, at) ?? 0) : (bytes[at] ?? 0));
  return { first, bits, values: Uint16Array.from({ length: entries }, (_, at) => entry(at)) };
}

/** The value for a number. */
export function lookUp({ first, values }: LookupTable, at: number): number {
  return values[Math.min(values.length - 1, Math.max(0, Math.floor(at) - first))] as number;
}

function missing({ file }: DicomImage, got: string): DataError {
  return new DataError({ where: "readImages", file, required: "a whole lookup table", got });
}
