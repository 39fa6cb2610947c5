import { type FileHandle, access, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DataError } from "../../core/errors";
import { hash } from "../../core/hash";
import { orRefuse } from "../writeFiles";

const longestName = 255; // bytes, on the usual systems

/** A hidden file beside an output, named after it where a name can be that long. */
export function beside(out: string, ending: "partial" | "journal" | "claim"): string {
  const name = `.${basename(out)}.${ending}`;
  return join(dirname(out), Buffer.byteLength(name) > longestName ? `.${hash(basename(out))}.${ending}` : name);
}

/** Where a file grows before it stands under its own name. */
export function draftOf(file: string): string {
  return beside(file, "partial");
}

/** A file that grows by appending and can be cut back to where it was when a journal was last written. */
export class Draft {
  readonly #file: string;
  readonly #handle: FileHandle;
  #bytes: number;

  private constructor(file: string, handle: FileHandle, bytes: number) {
    [this.#file, this.#handle, this.#bytes] = [file, handle, bytes];
  }

  /**
   * Opens the draft of a file with so many bytes as it had; what is behind them is cut off.
   *
   * @param beginning - what a draft without any begins with
   */
  static async open(file: string, bytes: number, beginning: Uint8Array = new Uint8Array(0)): Promise<Draft> {
    return orRefuse(file, async () => {
      const handle = await open(draftOf(file), bytes === 0 ? "w" : "r+").catch((cause: NodeJS.ErrnoException) => {
        throw cause.code === "ENOENT" && bytes > 0 ? lost(file, "nothing") : cause;
      });
      const draft = new Draft(file, handle, bytes);
      try {
        const { size } = await handle.stat();
        if (size < bytes) throw lost(file, `${size} bytes of ${bytes} in ${draftOf(file)}`);
        await handle.truncate(bytes);
        if (bytes === 0) await draft.append(beginning);
        return draft;
      } catch (error) {
        await draft.close();
        throw error;
      }
    });
  }

  get bytes(): number {
    return this.#bytes;
  }

  async append(...pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      await this.#put(piece, this.#bytes);
      this.#bytes += piece.length;
    }
    await orRefuse(this.#file, () => this.#handle.datasync()); // a full disk may only be noticed here
  }

  /** Cuts off what is behind the first bytes, writes what a reader needs there and at the beginning, and closes. */
  async end(bytes: number, ending: Uint8Array, beginning: Uint8Array = new Uint8Array(0)): Promise<void> {
    try {
      this.#bytes = bytes;
      await this.#handle.truncate(bytes);
      await this.#put(beginning, 0);
      await this.append(ending);
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #put(bytes: Uint8Array, at: number): Promise<void> {
    await orRefuse(this.#file, async () => {
      for (let done = 0; done < bytes.length;) {
        done += (await this.#handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
      }
    });
  }
}

function lost(file: string, got: string): DataError {
  const [required, remedy] = ["what was written before", "start over with --no-resume"];
  return new DataError({ where: "compress", file, required, got, remedy });
}

/** A file that was written to, and the bytes that it has at least, in its place or as a draft. */
export interface Written {
  readonly file: string;
  readonly bytes: number;
}

/**
 * Checks that files are as an earlier run left them.
 *
 * @throws DataError naming the first that is gone or was cut short
 */
export async function checkWritten(files: readonly Written[]): Promise<void> {
  for (const { file, bytes } of files) {
    const draft = await stat(draftOf(file)).catch(() => undefined);
    const found = draft ?? (await stat(file).catch(() => undefined));
    if (found === undefined) throw lost(file, "nothing");
    const place = draft === undefined ? "" : ` in ${draftOf(file)}`;
    if (found.size < bytes) throw lost(file, `${found.size} bytes of ${bytes}${place}`);
  }
}

/** Whether there is something of that name. */
export function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Moves a draft that is whole to its place, where it has not been moved already. */
export async function settle(file: string): Promise<void> {
  await orRefuse(file, () =>
    rename(draftOf(file), file).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "ENOENT") throw cause;
      return checkWritten([{ file, bytes: 1 }]);
    }),
  );
}

/** Removes a draft, where there is one. */
export async function discard(file: string): Promise<void> {
  await orRefuse(file, () => rm(draftOf(file), { force: true }));
}
