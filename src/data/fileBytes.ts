import { closeSync, constants as flags, fstatSync, openSync, readSync } from "node:fs";
import { type ZlibOptions, constants, crc32, inflateRawSync } from "node:zlib";
import { DataError } from "../core/errors";
import type { ImageFile, PackedFile } from "./imageFile";

const headerBytes = 30; // of a file in a zip archive, before its name

/** Memory of so many bytes to read into. */
export type Room = (bytes: number) => Buffer;

const ownMemory: Room = (bytes) => Buffer.allocUnsafe(bytes);

const mostKept = 16 * 2 ** 20;
const mostAtOnce = 2 ** 30; // Node reads nothing at all where four gigabytes are asked for

/** Memory that the next file overwrites: new memory for each costs the collector more than reading does. */
export function usedAgain(): Room {
  let kept = Buffer.alloc(0);
  return (bytes) => {
    if (bytes > mostKept) return Buffer.allocUnsafeSlow(bytes);
    if (kept.length < bytes) kept = Buffer.allocUnsafeSlow(Math.min(2 * bytes, mostKept));
    return kept.subarray(0, bytes);
  };
}

/**
 * The bytes of an image file, wherever it lies. Reads at once, since waiting for a promise costs as much as decoding.
 *
 * @param most - bytes; larger files are refused unread
 * @param room - where the file's bytes go; default: memory of their own
 * @throws DataError naming the file: not there, not to be read, no file, too large, damaged in its archive
 */
export function readBytes(image: ImageFile, most: number, room: Room = ownMemory): Uint8Array {
  const { file, packed } = image;
  const size = packed?.bytes;
  if (size !== undefined && size > most) throw tooLarge(file, size, most);
  return withOpen(file, packed?.archive ?? file, (descriptor) =>
    packed === undefined
      ? readAt(descriptor, file, 0, room(sizeOf(descriptor, file, most)))
      : unpack(descriptor, image, packed, room),
  );
}

/**
 * Checks that {@link readBytes} would read a file that lies in no archive.
 *
 * @throws DataError naming the file, as readBytes would
 */
export function checkReadable(file: string, most: number): void {
  withOpen(file, file, (descriptor) => sizeOf(descriptor, file, most));
}

function sizeOf(descriptor: number, file: string, most: number): number {
  const kind = fstatSync(descriptor);
  if (!kind.isFile()) throw refuse(file, "a file", kind.isDirectory() ? "a folder" : "a pipe, socket or device");
  if (kind.size > most) throw tooLarge(file, kind.size, most);
  return kind.size;
}

/** The first bytes of a file, wherever it lies: fewer where it is shorter, none where it cannot be read. */
export function readStart({ file, packed }: Pick<ImageFile, "file" | "packed">, size: number): Uint8Array {
  try {
    return withOpen(file, packed?.archive ?? file, (descriptor) => {
      if (packed !== undefined) return unpackStart(descriptor, file, packed, size);
      const length = Math.min(size, sizeOf(descriptor, file, Infinity));
      return readAt(descriptor, file, 0, Buffer.allocUnsafe(length));
    });
  } catch (error) {
    if (error instanceof DataError) return new Uint8Array(0);
    throw error;
  }
}

/** How large a file may be: uncompressed, a pixel has eight bytes at most, and there is a header. */
export function mostBytes(pixelLimit: number): number {
  return 8 * pixelLimit + 2 ** 20;
}

function unpack(descriptor: number, { file }: ImageFile, packed: PackedFile, room: Room): Uint8Array {
  const { packedBytes, bytes: size, method, crc32: sum } = packed;
  const raw = readAt(descriptor, file, startOf(descriptor, file, packed), room(packedBytes));
  const bytes = method === "stored" ? raw : inflated(file, raw, { maxOutputLength: Math.max(size, 1) });
  if (bytes.length !== size || crc32(bytes) !== sum) throw damaged(file);
  return bytes;
}

function unpackStart(descriptor: number, file: string, packed: PackedFile, size: number): Uint8Array {
  // Deflating adds little to what it cannot make smaller, so that so many packed bytes give as many as are wanted.
  const rawBytes = Math.min(packed.packedBytes, size + 1024);
  const raw = readAt(descriptor, file, startOf(descriptor, file, packed), Buffer.allocUnsafe(rawBytes));
  const bytes = packed.method === "stored" ? raw : inflated(file, raw, { finishFlush: constants.Z_SYNC_FLUSH });
  return bytes.subarray(0, size);
}

/** Where the bytes of a packed file begin. */
function startOf(descriptor: number, file: string, { offset }: PackedFile): number {
  const header = readAt(descriptor, file, offset, Buffer.allocUnsafe(headerBytes));
  if (header.readUInt32LE(0) !== 0x04034b50) throw damaged(file);
  return offset + headerBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
}

function inflated(file: string, raw: Uint8Array, options: ZlibOptions): Uint8Array {
  try {
    return inflateRawSync(raw, options);
  } catch (cause) {
    throw damaged(file, cause);
  }
}

/** Fills `bytes` from a place in the file on. */
function readAt(descriptor: number, file: string, from: number, bytes: Buffer): Buffer {
  for (let at = 0; at < bytes.length;) {
    const read = readOrRefuse(file, () =>
      readSync(descriptor, bytes, at, Math.min(bytes.length - at, mostAtOnce), from + at),
    );
    if (read === 0) throw refuse(file, "a whole file", "one that ends early");
    at += read;
  }
  return bytes;
}

function withOpen<T>(file: string, path: string, action: (descriptor: number) => T): T {
  const descriptor = openOrRefuse(file, path);
  try {
    return action(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Without waiting, so that a pipe does not hold everything up. */
function openOrRefuse(file: string, path: string): number {
  return readOrRefuse(file, () => openSync(path, flags.O_RDONLY | flags.O_NONBLOCK));
}

function readOrRefuse<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const { code = "an error" } = cause as NodeJS.ErrnoException;
    const words: Readonly<Record<string, string>> = {
      ...{ ENOENT: "no such file", EACCES: "no permission", EPERM: "no permission", ENXIO: "a pipe or socket" },
    };
    throw refuse(file, "a file that can be read", words[code] ?? code, cause);
  }
}

function tooLarge(file: string, size: number, most: number): DataError {
  const required = `at most ${most.toLocaleString("en-US")} bytes`;
  const remedy = `raise the limit of eight bytes a pixel with pixelLimit: ${Math.ceil(size / 8)} (--pixel-limit ${Math.ceil(size / 8)})`;
  return refuse(file, required, `${size.toLocaleString("en-US")}`, undefined, remedy);
}

function damaged(file: string, cause?: unknown): DataError {
  return refuse(file, "a whole file in the archive", "one that is damaged, or not as long as the archive says", cause);
}

function refuse(file: string, required: string, got: string, cause?: unknown, remedy?: string): DataError {
  return new DataError(
    { where: "readImages", file, required, got, ...(remedy === undefined ? {} : { remedy }) },
    { cause },
  );
}
