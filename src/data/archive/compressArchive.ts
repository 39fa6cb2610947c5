import { mkdir, readdir, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import { type EmbeddingShape } from "../../compress/embedding";
import { embeddingShape, embeddingSize, type CompressSettings } from "../../compress/settings";
import { usableCores } from "../../compress/threads/cores";
import { DataError } from "../../core/errors";
import type { Rejected } from "../../core/images";
import { startWork } from "../../core/progress";
import { compressChunks } from "../compressFiles";
import type { Outcome } from "../compressFilesWorker";
import type { Inputs } from "../inputs/findInputs";
import { NotAlike, type Usable, nothingUsable } from "../outcomes";
import { Pieces } from "../parquet/pieces";
import { type Cell, type ColumnKind, type Rows, originColumns } from "../parquet/rows";
import type { ReadSettings } from "../readSettings";
import { checkWritable, orRefuse } from "../writeFiles";
import { beside, checkWritten, discard, isThere, settle } from "./draft";
import { formOf, isFile } from "./forms";
import { identityOf } from "./identity";
import { type Begun, type Entry, type Identity, Journal, readJournal } from "./journal";
import type { Form, Output } from "./output";
import { busy, isAnother, whileClaimed } from "./owner";

/** How an archive is compressed. */
export interface ArchiveOptions {
  /** FILE.npy, FILE.parquet, or a folder for Parquet files. */
  readonly out: string;
  readonly read: ReadSettings;
  readonly settings: CompressSettings;
  readonly workers?: number;
  /** Whether to go on where an earlier run of the same was stopped; otherwise it starts over. */
  readonly resume: boolean;
}

/** What became of an archive. */
export interface CompressedArchive {
  readonly shape: EmbeddingShape;
  readonly rejected: readonly Rejected[];
  /** How many files an earlier run had done. */
  readonly before: number;
}

const where = "compress";

/**
 * Compresses files to one file or a folder of them, in the order of the inputs. After every eight megabytes a journal notes how
 * far the work is; when it was stopped, however, the next run cuts off what came after and goes on from there, so that
 * every row is there once. What could not be used is in the result, not in the table. Where no run can go on, nothing
 * stays.
 *
 * @throws DataError when nothing can be used, images differ, the output cannot be written, or it was begun with other
 * inputs or settings, or input files changed since
 */
export async function compressArchive(inputs: Inputs, options: ArchiveOptions): Promise<CompressedArchive> {
  const { out } = options;
  const form = await writableForm(out);
  const { begun, journal } = await begin(form, identityOf(inputs, options), options);
  if (journal === undefined) {
    if (isFile(out)) await rm(journalOf(out));
    return resultOf(inputs, options, begun, begun.entries);
  }
  const archive = new Archive(inputs, options, form, journal, begun);
  try {
    const done = begun?.last === undefined ? await archive.run() : begun;
    for (const file of form.files(out, statesOf(done))) await settle(file);
    await orRefuse(out, () => journal.complete());
    const result = resultOf(inputs, options, done, begun?.entries ?? []);
    if (isFile(out)) await rm(journalOf(out));
    return result;
  } catch (error) {
    if (archive.entries.length === 0 || error instanceof NotAlike) await giveUp(form, out, archive.entries);
    throw error;
  } finally {
    await journal.close();
  }
}

/**
 * Looks at the place of an archive as {@link compressArchive} does before it reads an image, and changes nothing.
 *
 * @returns how many files an earlier run had done, with which it would go on
 * @throws DataError when it would refuse the place
 */
export async function doneBefore(inputs: Inputs, options: ArchiveOptions): Promise<number> {
  const form = await writableForm(options.out);
  const { begun, goesOn } = await lookAt(form, identityOf(inputs, options), options);
  return goesOn ? filesOf(begun.entries) : 0;
}

/** The form of an output, none of whose files stands where a folder is. */
async function writableForm(out: string): Promise<Form> {
  const form = formOf(out, where);
  if (isFile(out)) for (const file of form.files(out, [])) await checkWritable(file);
  return form;
}

/** Nothing stays of work with which no run can go on: none is done, or the same inputs will fail again. */
async function giveUp(form: Form, out: string, entries: readonly Entry[]): Promise<void> {
  for (const file of form.files(out, statesOf({ entries }))) await discard(file);
  if (!isFile(out)) await clear(out);
  await rm(journalOf(out), { force: true });
}

function journalOf(out: string): string {
  return isFile(out) ? beside(out, "journal") : join(out, "_journal.jsonl");
}

type Beginning =
  | { readonly begun: Begun; readonly journal: undefined } // all is done
  | { readonly begun: Begun | undefined; readonly journal: Journal };

/** Looks at the place and takes it, which no other process does meanwhile: of two that begin at once one is refused. */
async function begin(form: Form, identity: Identity, options: ArchiveOptions): Promise<Beginning> {
  const { out } = options;
  if (!isFile(out)) await orRefuse(out, () => mkdir(out, { recursive: true }));
  const file = isFile(out) ? beside(out, "claim") : join(out, "_claim");
  return whileClaimed({ where, out, file }, async () => {
    const begun = await openPlace(form, identity, options);
    if (begun?.complete === true) return { begun, journal: undefined };
    return { begun, journal: await orRefuse(out, () => Journal.open(journalOf(out), identity, begun !== undefined)) };
  });
}

/** Work that was begun at this place, or undefined where it begins now, with nothing left of what was there. */
async function openPlace(form: Form, identity: Identity, options: ArchiveOptions): Promise<Begun | undefined> {
  const { out } = options;
  const { begun, goesOn } = await lookAt(form, identity, options);
  if (goesOn) return begun;
  for (const file of form.files(out, begun === undefined ? [] : statesOf(begun))) await discard(file);
  if (!isFile(out)) await clear(out);
  return undefined;
}

/** What lies at a place: work with which this run goes on, or else what it starts over from. */
type Found =
  { readonly begun: Begun; readonly goesOn: true } | { readonly begun: Begun | undefined; readonly goesOn: false };

async function lookAt(form: Form, { key, sources }: Identity, { out, resume }: ArchiveOptions): Promise<Found> {
  const begun = await readJournal(journalOf(out)).catch((error: unknown) => {
    if (resume) throw error;
    return undefined; // damaged, which is why somebody starts over
  });
  if (begun?.owner !== undefined && isAnother(begun.owner)) throw busy(where, out, begun.owner);
  const isWorth = begun !== undefined && (begun.entries.length > 0 || begun.last !== undefined);
  if (resume && isWorth) {
    if (begun.key !== key) {
      const required = "the inputs and settings with which this output was begun";
      const remedy = "repeat that command, name another output, or start over with --no-resume";
      throw new DataError({ where, file: out, required, got: "others", remedy });
    }
    if (begun.sources === sources) {
      await checkWritten(form.parts(out, statesOf(begun)));
      return { begun, goesOn: true };
    }
    const required = "the input files as they were when this output was begun";
    const got = "at least one with another size or time of change";
    throw new DataError({ where, file: out, required, got, remedy: "start over with --no-resume" });
  }
  // A journal that cannot be read is ours, too, but its work is given up only where that is asked for.
  const isOurs = begun !== undefined || (!resume && (await isThere(journalOf(out))));
  const [part] = isFile(out) || isOurs ? [] : await partsIn(out);
  if (part === undefined) return { begun, goesOn: false };
  const required = "an empty folder, or one that this command began";
  throw new DataError({ where, file: out, required, got: `one with ${part}`, remedy: "name another folder" });
}

async function clear(out: string): Promise<void> {
  for (const name of await partsIn(out)) await rm(join(out, name));
}

async function partsIn(out: string): Promise<readonly string[]> {
  if (!(await isThere(out))) return [];
  const names = await orRefuse(out, () => readdir(out));
  return names.filter((name) => /^\.?part-\d{5,}\.parquet(\.partial)?$/.test(name));
}

function statesOf({ entries }: Pick<Begun, "entries">): readonly unknown[] {
  return entries.map(({ state }) => state);
}

type Done = Pick<Begun, "entries" | "last">;

function resultOf(
  inputs: Inputs,
  { settings }: ArchiveOptions,
  { entries, last = [] }: Done,
  before: readonly Entry[],
): CompressedArchive {
  const rejected = [...inputs.rejected, ...entries.flatMap((entry) => entry.rejected), ...last];
  const final = entries.at(-1);
  if (final === undefined) throw nothingUsable(rejected);
  const shape = [final.rows, ...embeddingShape(settings, final.first.shape)] as const;
  return { shape, rejected, before: filesOf(before) };
}

function filesOf(entries: readonly Entry[]): number {
  return entries.at(-1)?.next ?? 0;
}

/** Rows that wait for a whole piece, each with the place of its file. */
class Archive {
  readonly #inputs: Inputs;
  readonly #options: ArchiveOptions;
  readonly #form: Form;
  readonly #journal: Journal;
  readonly #entries: Entry[];
  readonly #columns: readonly ColumnKind[];
  #output: Output | undefined;
  #pieces: Pieces | undefined;
  #first: Usable | undefined;
  #pending: Promise<void>[] = [];
  #noted: Promise<void> = Promise.resolve();
  #rejected: { readonly place: number; readonly rejected: Rejected }[] = [];
  #places: number[] = [];

  constructor(inputs: Inputs, options: ArchiveOptions, form: Form, journal: Journal, begun: Begun | undefined) {
    [this.#inputs, this.#options, this.#form, this.#journal] = [inputs, options, form, journal];
    this.#entries = [...(begun?.entries ?? [])];
    this.#first = this.#entries.at(-1)?.first;
    this.#columns = [...originColumns, ...inputs.columns];
  }

  /** What an earlier run and this one have done. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  async run(): Promise<Done> {
    const { read, settings, workers } = this.#options;
    const start = filesOf(this.#entries);
    const files = this.#inputs.files.slice(start);
    const work = startWork(where, files.length);
    try {
      if (this.#first !== undefined) await this.#open(this.#first);
      let place = start;
      const chunks = compressChunks(
        files,
        { read, settings, digest: true },
        { workers, signal: work.signal },
        this.#first,
      );
      for await (const { outcomes, values } of chunks) {
        work.check();
        await this.#take(outcomes, values, place);
        work.report((place += outcomes.length) - start, start > 0 ? `${start} done before` : undefined);
      }
      for (const piece of this.#pieces?.rest() ?? []) await this.#write(piece);
      await Promise.all(this.#pending);
      const last = this.#rejected.map(({ rejected }) => rejected);
      if (this.#entries.length === 0) throw nothingUsable([...this.#inputs.rejected, ...last]);
      await this.#output?.end();
      await orRefuse(this.#options.out, () => this.#journal.last(last));
      return { entries: this.#entries, last };
    } catch (error) {
      await Promise.allSettled(this.#pending);
      await this.#output?.end().catch(() => undefined); // what is written stays readable
      throw error;
    } finally {
      work.end();
    }
  }

  async #open(first: Usable): Promise<Output> {
    if (this.#output !== undefined) return this.#output;
    this.#first = first;
    const { read, settings, out } = this.#options;
    const facts = { settings, imageShape: first.shape, read };
    const states = statesOf({ entries: this.#entries });
    const { workers = usableCores() } = this.#options;
    this.#output = await this.#form.open({ out, facts, columns: this.#columns, states, workers });
    const { rowsOfPiece: rows, ahead } = this.#output;
    this.#pieces = new Pieces({ rows, size: embeddingSize(settings, first.shape), kinds: this.#columns, ahead });
    return this.#output;
  }

  async #take(outcomes: readonly Outcome[], values: Float32Array, place: number): Promise<void> {
    const read: (Usable & { readonly sha256?: string; readonly bySharp: boolean })[] = [];
    outcomes.forEach((outcome, at) => {
      if (outcome.kind === "read") {
        read.push(outcome);
        this.#places.push(place + at);
      } else {
        const { id, file, reason } = outcome;
        this.#rejected.push({ place: place + at, rejected: { id, file, reason } });
      }
    });
    const [first] = read;
    if (first === undefined) return;
    await this.#open(this.#first ?? usable(first));
    const here = join(process.cwd(), sep);
    const columns: Record<string, readonly Cell[]> = {
      source: read.map(({ file }) => sourceOf(file, here)),
      sha256: read.map(({ sha256 = null }) => sha256),
      decoder: read.map(({ bySharp }) => (bySharp ? "sharp" : "own")),
    };
    for (const { name } of this.#inputs.columns) {
      columns[name] = read.map(({ id }) => this.#inputs.cells.get(id)?.[name] ?? null);
    }
    for (const piece of this.#pieces?.add({ ids: read.map(({ id }) => id), values, columns }) ?? []) {
      await this.#write(piece);
    }
  }

  /** Pieces are packed beside each other, and put on the disk and noted one after another. */
  async #write(piece: Rows): Promise<void> {
    const output = this.#output as Output;
    const places = this.#places.splice(0, piece.ids.length);
    const next = (places.at(-1) as number) + 1;
    const rejected = this.#rejected.filter(({ place }) => place < next).map((one) => one.rejected);
    this.#rejected = this.#rejected.filter(({ place }) => place >= next);
    const noted = Promise.all([output.pack(piece), this.#noted]).then(async ([put]) => {
      const state = await put();
      const rows = (this.#entries.at(-1)?.rows ?? 0) + piece.ids.length;
      const entry = { next, rows, first: this.#first as Usable, rejected, state };
      await orRefuse(this.#options.out, () => this.#journal.rows(entry));
      this.#entries.push(entry);
    });
    noted.catch(() => undefined); // is awaited later; until then a failure is not "unhandled"
    this.#noted = noted;
    this.#pending.push(noted);
    if (this.#pending.length > output.ahead) await this.#pending.shift();
  }
}

function usable({ id, file, shape, bits }: Usable): Usable {
  return { id, file, shape, bits };
}

/** A path as a person would type it: from the working folder, where the file lies below it. */
function sourceOf(file: string, here: string): string {
  return file.startsWith(here) ? file.slice(here.length) : file;
}
