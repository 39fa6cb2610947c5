import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { DataError } from "../../core/errors";
import { startWork, type LongWorkOptions } from "../../core/progress";

/**
 * Unpacks a zip file (or an .npz, which is one) into a folder that appears only when all of it is there. A path that
 * would leave the folder is refused.
 *
 * @throws DataError naming the file: not a zip, damaged, or with a path that leaves the folder
 */
export async function unzip(file: string, folder: string, options: LongWorkOptions = {}): Promise<void> {
  const { openPromise } = await import("yauzl");
  const draft = `${folder}.partial`;
  const work = startWork("unpack", undefined, options);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  try {
    const zip = await openPromise(file, { lazyEntries: true, strictFileNames: false });
    let done = 0;
    for await (const entry of zip.eachEntry()) {
      work.check();
      const target = join(draft, entry.fileName);
      if (entry.fileName.endsWith("/")) {
        await mkdir(target, { recursive: true });
        continue;
      }
      await mkdir(dirname(target), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target), { signal: work.signal });
      work.report(++done);
    }
    await rename(draft, folder);
  } catch (cause) {
    work.check();
    const code = (cause as NodeJS.ErrnoException).code;
    if (code !== undefined && /^E[A-Z]+$/.test(code)) throw cause; // the disk, not the zip
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(
      { where: "unpack", file, required: "a whole zip file", got, remedy: "fetch it again" },
      { cause },
    );
  } finally {
    await rm(draft, { recursive: true, force: true });
    work.end();
  }
}
