import { open, readFile } from "node:fs/promises";
import type { Embedding } from "../compress/embedding";
import { createEmbedding } from "../compress/results";
import { DataError } from "../core/errors";
import type { Shown } from "../display/show";
import { readCsv } from "./csv";
import { parseFacts } from "./embeddingFacts";
import { csvLine, writeFiles } from "./writeFiles";

/**
 * Writes an embedding as NumPy's .npy (format 1.0, float32, little-endian, C order, axes `[image, channel, subBand,
 * patchRow, patchCol, pooling]`), with two small files beside it: FILE.npy.ids.csv, the id of every row, and
 * FILE.npy.json, the settings and, where noise was added, the guarantee. All three appear together or not at all.
 *
 * @throws DataError when a file cannot be written
 */
export async function saveNpy(embedding: Embedding, file: string): Promise<void> {
  const { values, shape, settings, imageShape, guarantee, ids } = embedding;
  await writeFiles([
    { file, pieces: [npyHeader(shape), new Uint8Array(values.buffer, values.byteOffset, values.byteLength)] },
    { file: idsFile(file), pieces: [csvLine(["row", "id"]), ...ids.map((id, row) => csvLine([row, id]))] },
    { file: settingsFile(file), pieces: [`${JSON.stringify({ settings, imageShape, guarantee }, undefined, 2)}\n`] },
  ]);
}

/**
 * Reads an embedding that {@link saveNpy} wrote.
 *
 * @throws DataError when one of the three files is not there, is cut short, or they do not belong together
 */
export async function loadNpy(file: string): Promise<Embedding & Shown> {
  const { values, shape } = await readNpy(file);
  const json = await readFile(settingsFile(file), "utf8").catch(() => undefined);
  const { settings, imageShape, guarantee } = parseFacts(json, settingsFile(file), "loadNpy");
  const { rows } = shape[0] === 0 ? { rows: [] } : await readCsv(idsFile(file));
  const ids = rows.map((row) => row["id"] ?? "");
  const embedding = createEmbedding({ values, settings, imageShape, ids, guarantee }, `loadNpy: ${file}`);
  if (shape.join() !== embedding.shape.join()) {
    throw broken(file, `[${embedding.shape.join(", ")}], as ids and settings say`, `[${shape.join(", ")}]`);
  }
  return embedding;
}

/** The table of ids that belongs to an .npy file. */
export function idsFile(file: string): string {
  return `${file}.ids.csv`;
}

/** The settings that belong to an .npy file. */
export function settingsFile(file: string): string {
  return `${file}.json`;
}

/** The header of an .npy file of float32 in C order (NEP 1): magic, version, and a Python dict padded to 64 bytes. */
export function npyHeader(shape: readonly number[]): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sides}), }`;
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const header = Buffer.alloc(length, " ");
  header.write("\x93NUMPY\x01\x00", "latin1");
  header.writeUInt16LE(length - 10, 8);
  header.write(dict, 10, "latin1");
  header[length - 1] = 10; // newline
  return header;
}

// Room for the number of rows, which is known at the end: a header with this many is as long as any.
const mostRows = 1e15;

/**
 * As {@link npyHeader}, as long as for any number of rows: padded with spaces before its newline, as the format allows.
 */
export function paddedHeader(shape: readonly number[]): Uint8Array {
  const [header, long] = [npyHeader(shape), npyHeader([mostRows, ...shape.slice(1)])];
  if (header.length === long.length) return header;
  const padded = new Uint8Array(long.length).fill(0x20);
  padded.set(header.subarray(0, -1));
  padded[padded.length - 1] = 0x0a;
  new DataView(padded.buffer).setUint16(8, padded.length - 10, true);
  return padded;
}

/** What an .npy header says. */
export interface NpyHeader {
  readonly kind: "<f4" | "|u1";
  readonly shape: readonly number[];
  /** Where the numbers begin, in bytes. */
  readonly offset: number;
}

/**
 * Reads the header of an .npy file of float32 or uint8 in C order.
 *
 * @throws DataError when it is no such file
 */
export function parseNpyHeader(file: string, bytes: Buffer): NpyHeader {
  const required = "an .npy file of float32 or uint8 in C order";
  if (bytes.length < 12 || bytes.toString("latin1", 0, 6) !== "\x93NUMPY") throw broken(file, required, "no .npy file");
  const wide = (bytes[6] as number) > 1; // version 2 has a longer length field
  const offset = wide ? 12 + bytes.readUInt32LE(8) : 10 + bytes.readUInt16LE(8);
  const dict = bytes.toString("latin1", wide ? 12 : 10, offset);
  const kind = /'descr': *'([^']+)'/.exec(dict)?.[1];
  const sides = /'shape': *\(([^)]*)\)/.exec(dict)?.[1];
  if ((kind !== "<f4" && kind !== "|u1") || !/'fortran_order': *False/.test(dict) || sides === undefined) {
    throw broken(file, required, dict.trim());
  }
  const shape = sides
    .split(",")
    .filter((side) => side.trim() !== "")
    .map(Number);
  return { kind, shape, offset };
}

async function readNpy(file: string): Promise<{ values: Float32Array; shape: readonly number[] }> {
  const handle = await open(file).catch((cause: unknown) => {
    throw broken(file, "an .npy file", "nothing that can be opened", cause);
  });
  try {
    const head = Buffer.alloc(4096);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    const { kind, shape, offset } = parseNpyHeader(file, head.subarray(0, bytesRead));
    if (kind !== "<f4") throw broken(file, "float32", kind);
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
    const size = (await handle.stat()).size - offset;
    if (size !== values.byteLength) throw broken(file, `${values.byteLength} bytes of numbers`, `${size}`);
    const bytes = new Uint8Array(values.buffer);
    // One read may bring at most 2 GiB.
    for (let at = 0; at < bytes.length;) {
      at += (await handle.read(bytes, at, Math.min(bytes.length - at, 1 << 30), offset + at)).bytesRead;
    }
    return { values, shape };
  } finally {
    await handle.close();
  }
}

function broken(file: string, required: string, got: string, cause?: unknown): DataError {
  return new DataError({ where: "loadNpy", file, required, got }, { cause });
}
