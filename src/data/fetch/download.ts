import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { DataError } from "../../core/errors";
import { startWork, type LongWorkOptions, type Work } from "../../core/progress";

/** A file to be fetched. */
export interface Download {
  readonly url: string;
  /** In hexadecimal. */
  readonly md5: string;
}

/** Options of {@link download}. */
export interface DownloadOptions extends LongWorkOptions {
  /** How often a broken connection is taken up again without any progress in between; default 5. */
  readonly attempts?: number;
  /** Time before the second attempt, in milliseconds, growing with every further one; default 1000. */
  readonly pauseMs?: number;
}

/**
 * Fetches a file, unless it is there already and whole. What arrives goes to FILE.partial, from which a later call goes
 * on; the file appears under its own name only when its checksum is right.
 *
 * @returns whether it was fetched, or was there
 * @throws DataError naming the address: no connection, an answer other than the file, a wrong checksum
 */
export async function download(
  { url, md5 }: Download,
  file: string,
  options: DownloadOptions = {},
): Promise<"fetched" | "there"> {
  if ((await sizeOf(file)) !== undefined && (await md5Of(file)) === md5) return "there";
  const partial = `${file}.partial`;
  await mkdir(dirname(file), { recursive: true });
  const work = startWork(`fetch ${basename(file)}`, undefined, options);
  try {
    await fetchWhole({ url, md5 }, partial, options, work);
    await rename(partial, file);
    return "fetched";
  } finally {
    work.end();
  }
}

async function fetchWhole(
  { url, md5 }: Download,
  partial: string,
  { attempts = 5, pauseMs = 1000 }: DownloadOptions,
  work: Work,
): Promise<void> {
  const file = partial.replace(/\.partial$/, "");
  let [failures, wrongFiles] = [0, 0];
  for (;;) {
    const before = (await sizeOf(partial)) ?? 0;
    const failure = await fetchOnce(url, partial, before, work);
    if (failure === undefined) {
      if ((await md5Of(partial)) === md5) return;
      await rm(partial, { force: true }); // what is whole but wrong is of no use to a later attempt
      if (++wrongFiles > 1) throw wrong(url, file, `a file with md5 ${md5}`, "another file, twice");
    } else {
      failures = ((await sizeOf(partial)) ?? 0) > before ? 1 : failures + 1;
      if (failures >= attempts) throw wrong(url, file, "the whole file", failure);
    }
    await pause((failures + wrongFiles) * pauseMs, undefined, { signal: work.signal });
  }
}

/** Continues a partial file; undefined when the answer ended where the server said, else what went wrong. */
async function fetchOnce(url: string, partial: string, from: number, work: Work): Promise<string | undefined> {
  const headers = { "accept-encoding": "identity", ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
  let answer: Response;
  try {
    answer = await fetch(url, { headers, signal: work.signal });
  } catch (error) {
    work.check();
    return reasonOf(error);
  }
  if (answer.status === 416) return undefined; // nothing is left to send: the checksum decides
  if (!answer.ok) return answer.status >= 500 ? `answer ${answer.status}` : refuse(url, partial, answer.status);
  const resumed = answer.status === 206 && startOf(answer) === from;
  if (answer.status === 206 && !resumed) return refuse(url, partial, "another part than asked for");
  return append(answer, partial, resumed ? from : 0, work);
}

async function append(answer: Response, partial: string, from: number, work: Work): Promise<string | undefined> {
  const handle = await open(partial, from > 0 ? "r+" : "w");
  let at = from;
  try {
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      await handle.write(chunk, 0, chunk.length, at);
      at += chunk.length;
      work.report(at, `${(at / 1e6).toFixed(1)} MB`);
    }
  } catch (error) {
    work.check();
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") throw error;
    return reasonOf(error);
  } finally {
    await handle.close();
  }
  const promised = answer.headers.get("content-length");
  return promised !== null && at - from < Number(promised) ? "an answer that ended early" : undefined;
}

function startOf(answer: Response): number {
  return Number(/bytes (\d+)-/.exec(answer.headers.get("content-range") ?? "")?.[1] ?? Number.NaN);
}

function refuse(url: string, partial: string, got: string | number): never {
  throw wrong(url, partial.replace(/\.partial$/, ""), "the file", typeof got === "number" ? `answer ${got}` : got);
}

function wrong(url: string, file: string, required: string, got: string): DataError {
  const remedy = "type the command again later, which goes on where it can, or fetch the file by hand and put it there";
  return new DataError({ where: `fetch ${url}`, file, required, got, remedy });
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}

/** The MD5 of a file in hexadecimal. */
export async function md5Of(file: string): Promise<string> {
  const digest = createHash("md5");
  for await (const chunk of createReadStream(file)) digest.update(chunk as Uint8Array);
  return digest.digest("hex");
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}
