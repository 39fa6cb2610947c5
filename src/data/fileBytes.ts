import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { crc32, inflateRawSync } from "node:zlib";
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
  const descriptor = openOrRefuse(file, packed?.archive ?? file);
  try {
    if (packed !== undefined) return unpack(descriptor, image, packed, room);
    const kind = fstatSync(descriptor);
    if (!kind.isFile()) throw refuse(file, "a file", kind.isDirectory() ? "a folder" : "a pipe, socket or device");
    if (kind.size > most) throw tooLarge(file, kind.size, most);
    return readAt(descriptor, file, 0, room(kind.size));
  } finally {
    closeSync(descriptor);
  }
}

/** The first bytes of a file, fewer where it is shorter, none where it cannot be read. */
export function readStart(file: string, size: number): Uint8Array {
  let descriptor: number;
  try {
    descriptor = openOrRefuse(file, file);
  } catch (error) {
    if (error instanceof DataError) return new Uint8Array(0);
    throw error;
  }
  try {
    const kind = fstatSync(descriptor);
    return kind.isFile()
      ? readAt(descriptor, file, 0, Buffer.allocUnsafe(Math.min(size, kind.size)))
      : new Uint8Array(0);
  } finally {
    closeSync(descriptor);
  }
}

/** How large a file may be: uncompressed, a pixel has eight bytes at most, and there is a header. */
export function mostBytes(pixelLimit: number): number {
  return 8 * pixelLimit + 2 ** 20;
}

function unpack(descriptor: number, { file }: ImageFile, packed: PackedFile, room: Room): Uint8Array {
  const { offset, packedBytes, bytes: size, method, crc32: sum } = packed;
  const header = readAt(descriptor, file, offset, Buffer.allocUnsafe(headerBytes));
  if (header.readUInt32LE(0) !== 0x04034b50) throw damaged(file);
  const start = offset + headerBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
  const raw = readAt(descriptor, file, start, room(packedBytes));
  let bytes: Uint8Array;
  try {
    bytes = method === "stored" ? raw : inflateRawSync(raw, { maxOutputLength: Math.max(size, 1) });
  } catch (cause) {
    throw damaged(file, cause);
  }
  if (bytes.length !== size || crc32(bytes) !== sum) throw damaged(file);
  return bytes;
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

/** Without waiting, so that a pipe does not hold everything up. */
function openOrRefuse(file: string, path: string): number {
  return readOrRefuse(file, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
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
