import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { DataError } from "../../core/errors";
import type { Rejected } from "../../core/images";
import type { Usable } from "../outcomes";
import { type Owner, thisOwner } from "./owner";

/** How far work had come when some rows were on the disk. */
export interface Entry {
  /** Files done, counted from the first. */
  readonly next: number;
  /** Rows written. */
  readonly rows: number;
  /** The image that all others are like. */
  readonly first: Usable;
  /** What was set aside since the entry before. */
  readonly rejected: readonly Rejected[];
  /** What the output needs to go on behind these rows. */
  readonly state: unknown;
}

/** By what work is known again. */
export interface Identity {
  /** A hash of the settings, and of the inputs as they were named. */
  readonly key: string;
  /** A hash of the sizes of the source files and the times when they were changed. */
  readonly sources: string;
}

/** What a journal tells of work that was begun. */
export interface Begun extends Identity {
  /** Who wrote it last. */
  readonly owner?: Owner;
  readonly entries: readonly Entry[];
  /** Set aside behind the last rows; there once no more rows will come. */
  readonly last?: readonly Rejected[];
  /** Whether the output stands where it belongs. */
  readonly complete: boolean;
}

type Line =
  | ({ readonly kind: "key" } & Identity)
  | { readonly kind: "run"; readonly owner: Owner }
  | ({ readonly kind: "rows" } & Entry)
  | { readonly kind: "last"; readonly rejected: readonly Rejected[] }
  | { readonly kind: "complete" };

/** What was written down of work that was begun, or undefined. A line that was broken off by a kill does not count. */
export async function readJournal(file: string): Promise<Begun | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1);
  const [head, ...rest] = lines.map((line) => parse(file, line));
  if (head?.kind !== "key") return undefined;
  const entries = rest.filter((line) => line.kind === "rows");
  const last = rest.find((line) => line.kind === "last")?.rejected;
  const complete = rest.some((line) => line.kind === "complete");
  const owner = rest.findLast((line) => line.kind === "run")?.owner;
  const { key, sources } = head;
  return {
    key,
    sources,
    entries,
    complete,
    ...(last === undefined ? {} : { last }),
    ...(owner === undefined ? {} : { owner }),
  };
}

function parse(file: string, line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch (cause) {
    const remedy = "start over with --no-resume";
    const got = "a damaged one";
    throw new DataError({ where: "compress", file, required: "a journal of its own", got, remedy }, { cause });
  }
}

/** Takes away a line that a kill has broken off. */
async function cutOff(file: string): Promise<void> {
  const text = await readFile(file);
  const handle = await open(file, "r+");
  await handle.truncate(text.lastIndexOf("\n") + 1);
  await handle.close();
}

/** A file of one line for every step of work, each on the disk before the next step begins. */
export class Journal {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Begins a journal, or goes on with one that was begun; it tells that this process writes it. */
  static async open(file: string, identity: Identity, begun: boolean): Promise<Journal> {
    if (begun) await cutOff(file);
    else await rm(file, { force: true });
    const journal = new Journal(await open(file, "a"));
    const run = { kind: "run", owner: thisOwner() } as const;
    await journal.#write(...(begun ? [run] : [{ kind: "key", ...identity } as const, run]));
    return journal;
  }

  rows(entry: Entry): Promise<void> {
    return this.#write({ kind: "rows", ...entry });
  }

  last(rejected: readonly Rejected[]): Promise<void> {
    return this.#write({ kind: "last", rejected });
  }

  complete(): Promise<void> {
    return this.#write({ kind: "complete" });
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #write(...lines: readonly Line[]): Promise<void> {
    await this.#handle.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    await this.#handle.datasync();
  }
}
