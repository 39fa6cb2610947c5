import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { DataError } from "../core/errors";

// A file is: 8 bytes of magic, 4 of the header's length (little-endian), the header as JSON padded with spaces to a
// multiple of 4, all numbers as little-endian float32, and the SHA-256 of everything before it.
const magic = Buffer.from("DFIXCX01", "latin1");
const digestBytes = 32;

/** What a file holds, as told in its header. */
export type FileKind = "model" | "checkpoint" | "decoder";

/** Stands in the header for an array of numbers. */
interface Reference {
  readonly float32: readonly [start: number, length: number];
}

/**
 * Writes plain data with Float32Arrays in it. The file appears whole or not at all: what stood there survives a full
 * disk or a kill.
 *
 * @throws DataError when the file cannot be written
 */
export function writeData(file: string, kind: FileKind, data: object): void {
  const arrays: Float32Array[] = [];
  const header = encode({ kind, data }, arrays);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const numbers = arrays.map((values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  writeWhole(file, [magic, length, header, ...numbers]);
}

/**
 * Reads what {@link writeData} wrote.
 *
 * @throws DataError when the file cannot be read, is cut short or damaged, or is of another kind or version
 */
export function readData(file: string, kind: FileKind): unknown {
  const bytes = readBytes(file, kind);
  const body = bytes.subarray(0, bytes.length - digestBytes);
  if (bytes.length < magic.length + 4 + digestBytes || !body.subarray(0, magic.length).equals(magic)) {
    throw refusal(file, `a ${kind} of this package's format 01`, "another kind of file");
  }
  if (!createHash("sha256").update(body).digest().equals(bytes.subarray(body.length))) {
    throw refusal(file, `a whole ${kind}`, `${bytes.length} bytes that do not fit their checksum`);
  }
  const start = magic.length + 4;
  const end = start + body.readUInt32LE(magic.length);
  const numbers = new Float32Array(Uint8Array.from(body.subarray(end)).buffer);
  const content = JSON.parse(body.toString("utf8", start, end), (_, value: unknown) =>
    isReference(value) ? numbers.slice(value.float32[0], value.float32[0] + value.float32[1]) : value,
  ) as { readonly kind: FileKind; readonly data: unknown };
  if (content.kind !== kind) throw refusal(file, `a ${kind}`, `a ${content.kind}`);
  return content.data;
}

function encode(content: object, arrays: Float32Array[]): Buffer {
  let start = 0;
  const json = JSON.stringify(content, (_, value: unknown) => {
    if (!(value instanceof Float32Array)) return value;
    const reference: Reference = { float32: [start, value.length] };
    arrays.push(value);
    start += value.length;
    return reference;
  });
  const bytes = Buffer.from(json, "utf8");
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4, " ")]);
}

function isReference(value: unknown): value is Reference {
  return typeof value === "object" && value !== null && Object.keys(value).join() === "float32";
}

function readBytes(file: string, kind: FileKind): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw refusal(file, `a ${kind} that can be read`, code === "ENOENT" ? "no such file" : message, { cause });
  }
}

function writeWhole(file: string, parts: readonly Buffer[]): void {
  const temporary = `${file}.${process.pid}.part`;
  const digest = createHash("sha256");
  try {
    const handle = openSync(temporary, "w");
    try {
      for (const part of parts) {
        digest.update(part);
        writeFully(handle, part);
      }
      writeFully(handle, digest.digest());
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw refusal(file, "a place that can be written", (cause as Error).message, { cause });
  }
}

function writeFully(handle: number, bytes: Buffer): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(handle, bytes, done);
}

function refusal(file: string, required: string, got: string, options?: ErrorOptions): DataError {
  return new DataError({ where: "model file", file, required, got }, options);
}
