import { basename, posix } from "node:path";
import type { Entry } from "yauzl";
import type { PackedFile } from "../imageFile";
import { hasNoEnding, isImageName } from "../imageFiles";
import { startsAsDicom } from "../medical";
import type { Found } from "./found";
import { refusalOfName } from "./names";

const encrypted = 1; // bit 0 of the flags
const link = 0o120000;
const named = "a name that stands once in the archive, got one that stood before; pack it anew";

/**
 * The images in a zip archive, of which nothing but the directory is read, and the beginning of files whose names have no
 * ending. Set aside are paths that lead out of it, links, what is encrypted or packed by other methods, entries whose
 * bytes or name another one has, too, and an archive that is damaged or none. What has no ending and is a link, or cannot
 * be read, is not taken for an image.
 */
export async function* inZip(archive: string): AsyncGenerator<Found> {
  const { openPromise } = await import("yauzl");
  let furthest = 0;
  const taken = new Set<string>();
  try {
    const zip = await openPromise(archive, { lazyEntries: true, decodeStrings: false, autoClose: true });
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(entry);
    entries.sort((one, other) => one.relativeOffsetOfLocalHeader - other.relativeOffsetOfLocalHeader);
    for (const entry of entries) {
      const start = entry.relativeOffsetOfLocalHeader;
      const overlaps = start < furthest;
      furthest = Math.max(furthest, start + 30 + entry.compressedSize); // a header has 30 bytes at least
      const found = await foundOf(entry, archive, overlaps);
      if (found === undefined) continue;
      const name = posix.normalize(found.path);
      if (found.refusal === undefined && taken.has(name)) yield { path: found.path, refusal: named };
      else yield found;
      if (found.refusal === undefined) taken.add(name);
    }
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    yield { path: "", id: basename(archive), file: archive, refusal: `a whole zip archive, got ${got}` };
  }
}

async function foundOf(entry: Entry, archive: string, overlaps: boolean): Promise<Found | undefined> {
  const { validateFileName } = await import("yauzl");
  const raw = entry.fileNameRaw;
  const decoded = nameOf(raw);
  const path = decoded ?? raw.toString("latin1");
  const isHidden = path.split("/").some((part) => part.startsWith(".") && part !== "." && part !== "..");
  if (path.endsWith("/") || isHidden || !(isImageName(path) || hasNoEnding(path))) return undefined;
  const unreadable = refusalOf(entry, overlaps);
  const packed: PackedFile = {
    archive,
    offset: entry.relativeOffsetOfLocalHeader,
    packedBytes: entry.compressedSize,
    bytes: entry.uncompressedSize,
    method: entry.compressionMethod === 0 ? "stored" : "deflated",
    crc32: entry.crc32,
  };
  const isImage = isImageName(path) || (unreadable === undefined && startsAsDicom({ file: path, packed }));
  if (!isImage) return undefined;
  const refusal =
    (decoded === undefined ? "a name in UTF-8, got other bytes; pack it anew" : undefined) ??
    refusalOfName(path) ??
    (validateFileName(path) === null ? undefined : "a path inside the archive, got one that leads out of it") ??
    unreadable;
  return refusal === undefined ? { path, packed } : { path, refusal };
}

function refusalOf(entry: Entry, overlaps: boolean): string | undefined {
  const { compressionMethod: method, externalFileAttributes: attributes, versionMadeBy } = entry;
  if (overlaps) return "bytes of its own in the archive, got another's, as in a zip bomb";
  if ((entry.generalPurposeBitFlag & encrypted) !== 0) return "a file that is not encrypted, got one that is";
  if (method !== 0 && method !== 8) return `a file that is stored or deflated, got method ${method}; unpack it first`;
  if (versionMadeBy >> 8 === 3 && ((attributes >>> 16) & 0o170000) === link) return "a file, got a link";
  return undefined;
}

function nameOf(raw: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(raw);
  } catch {
    return undefined;
  }
}
