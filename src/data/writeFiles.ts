import { randomUUID } from "node:crypto";
import { open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DataError } from "../core/errors";

/** One file to be written: its path and what goes into it, in pieces. */
export interface FileContent {
  readonly file: string;
  readonly pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
  /** What replaces as many bytes at the beginning once all pieces are written, such as a header that counts them. */
  readonly beginning?: () => Uint8Array;
}

/**
 * Writes files that belong together: all of them stand there whole, or none is changed. Each is written under a
 * temporary name beside its place and moved there once all are on the disk.
 *
 * @throws DataError naming the file that cannot be written: a folder in its place, no such folder, a full disk
 */
export async function writeFiles(contents: readonly FileContent[]): Promise<void> {
  for (const { file } of contents) await checkWritable(file);
  // Not made of the file's name, which may be as long as names can be.
  const drafts = contents.map(({ file }) => join(dirname(file), draftName()));
  try {
    for (const [at, content] of contents.entries()) {
      await orRefuse(content.file, () => writeContent(drafts[at] as string, content));
    }
    for (const [at, { file }] of contents.entries()) {
      await orRefuse(file, () => rename(drafts[at] as string, file));
    }
  } finally {
    await Promise.all(drafts.map((draft) => rm(draft, { force: true })));
  }
}

function draftName(): string {
  return `.${randomUUID()}.partial`;
}

/** Whether a name is one under which {@link writeFiles} writes; a killed process leaves such files. */
export function isDraftName(name: string): boolean {
  return /^\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.partial$/.test(name);
}

/**
 * Refuses an output before the work for it begins.
 *
 * @throws DataError when a folder stands in its place, or the folder it belongs in is not there
 */
export async function checkWritable(file: string): Promise<void> {
  const [there, folder] = await Promise.all([kindAt(file), kindAt(dirname(file))]);
  if (there === "folder") {
    throw unwritable(file, "a folder stands in its place", "name a file, or move the folder away");
  }
  if (folder !== "folder") {
    throw unwritable(
      file,
      folder === "file" ? `${dirname(file)} is a file` : `no folder ${dirname(file)}`,
      "make the folder first",
    );
  }
}

async function kindAt(path: string): Promise<"file" | "folder" | undefined> {
  const found = await orRefuse(path, () =>
    stat(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENAMETOOLONG") throw cause; // which else is found out when all the work is done
      return undefined;
    }),
  );
  return found === undefined ? undefined : found.isDirectory() ? "folder" : "file";
}

async function writeContent(draft: string, { pieces, beginning }: FileContent): Promise<void> {
  const handle = await open(draft, "w");
  try {
    for await (const piece of pieces) await writeAll(handle, typeof piece === "string" ? Buffer.from(piece) : piece);
    if (beginning !== undefined) await handle.write(beginning(), 0, undefined, 0);
    await handle.sync(); // a full disk may only be noticed here
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
}

const explanations: Readonly<Record<string, readonly [got: string, remedy: string]>> = {
  ENOSPC: ["a full disk", "free some space or write elsewhere"],
  EDQUOT: ["a full quota", "free some space or write elsewhere"],
  ENAMETOOLONG: ["a name longer than the system allows", "choose a shorter one"],
  EFBIG: ["a file larger than the system allows", "write elsewhere"],
  EACCES: ["no permission", "change the permission or write elsewhere"],
  EPERM: ["no permission", "change the permission or write elsewhere"],
  EROFS: ["a disk that is read-only", "write elsewhere"],
};

/** Runs what writes a file; a refusal of the system becomes a DataError that says what to do. */
export async function orRefuse<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === undefined) throw cause; // what makes the pieces failed, not the disk
    const [got, remedy] = explanations[code] ?? [code, "write elsewhere"];
    throw unwritable(file, got, remedy, cause);
  }
}

function unwritable(file: string, got: string, remedy: string, cause?: unknown): DataError {
  return new DataError({ where: "write", file, required: "an output that can be written", got, remedy }, { cause });
}

/** One line of a csv file; values with commas, quotes or line ends are quoted. */
export function csvLine(values: readonly (string | number)[]): string {
  return `${values.map((value) => quoted(String(value))).join(",")}\n`;
}

function quoted(value: string): string {
  return /[",\n\r]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
