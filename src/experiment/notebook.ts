import { readFile } from "node:fs/promises";
import { DataError } from "../core/errors";
import { resultsType, type ResultRow } from "./paperTable";

/** A notebook file (nbformat 4), as far as this package reads it. */
export interface Notebook {
  readonly cells: readonly NotebookCell[];
}

/** A cell of a {@link Notebook}. */
export interface NotebookCell {
  readonly cell_type: string;
  readonly metadata: { readonly tags?: readonly string[] };
  readonly source?: string | readonly string[];
  readonly outputs?: readonly NotebookOutput[];
}

/** What a code cell printed, showed or threw. */
export interface NotebookOutput {
  readonly output_type: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A number or text in a cell's output that is not what the committed notebook says. */
export interface Difference {
  /** Position of the cell in the notebook, from 1. */
  readonly cell: number;
  readonly committed: string;
  readonly rerun: string;
}

/** @throws DataError when the file is not there or is not a notebook */
export async function readNotebook(file: string): Promise<Notebook> {
  const where = "readNotebook";
  try {
    const notebook = JSON.parse(await readFile(file, "utf8")) as Partial<Notebook> | null;
    if (Array.isArray(notebook?.cells)) return notebook as Notebook;
  } catch (cause) {
    throw new DataError({ where, file, required: "a notebook that can be read", got: String(cause) }, { cause });
  }
  throw new DataError({ where, file, required: "a notebook with cells", got: "JSON of another kind" });
}

/**
 * Compares the outputs of two runs of one notebook, in the cells that ask for it by a tag: `check` wants the same text,
 * `check-within-T` (for instance `check-within-0.02`) the same words with every number at most T away, for what was
 * learned. Cells are matched by their order.
 */
export function compareOutputs(committed: Notebook, rerun: Notebook): Difference[] {
  return committed.cells.flatMap((cell, position) => {
    const tolerance = toleranceOf(cell);
    if (tolerance === undefined) return [];
    return compareCell(position + 1, outputText(cell), outputText(rerun.cells[position]), tolerance);
  });
}

/** The rows of all result tables that a notebook shows. */
export function resultRows({ cells }: Notebook): ResultRow[] {
  return cells.flatMap(({ outputs = [] }) =>
    outputs.flatMap(({ data }) => (data?.[resultsType] as { rows: ResultRow[] } | undefined)?.rows ?? []),
  );
}

/**
 * An executed notebook as it is committed: without the traces of progress bars that have cleared themselves, and without
 * what a tool noted of the run.
 */
export function cleaned<T extends Notebook>(notebook: T): T {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    metadata: cell.metadata.tags === undefined ? {} : { tags: cell.metadata.tags },
    ...(cell.outputs === undefined ? {} : { outputs: cell.outputs.filter((output) => !isCleared(output)) }),
  }));
  return { ...notebook, cells };
}

function isCleared({ output_type: type, data }: NotebookOutput): boolean {
  return type === "display_data" && joined(data?.["text/plain"]) === "" && joined(data?.["text/html"]) === "";
}

const number = /-?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?/gi;

function compareCell(cell: number, committed: string, rerun: string, tolerance: number): Difference[] {
  if (wordsOf(committed) !== wordsOf(rerun)) return [{ cell, committed, rerun }];
  const after = numbersIn(rerun);
  return numbersIn(committed).flatMap((before, at) => {
    const now = after[at] as number;
    return Math.abs(before - now) <= tolerance ? [] : [{ cell, committed: String(before), rerun: String(now) }];
  });
}

/** The text without its numbers; spaces count once, since columns of a table widen with their numbers. */
function wordsOf(text: string): string {
  return text.replace(number, "#").replace(/[\s─-]+/g, " ");
}

function numbersIn(text: string): number[] {
  return (text.match(number) ?? []).map((digits) => Number(digits.replaceAll(",", "")));
}

function toleranceOf(cell: NotebookCell): number | undefined {
  const tag = cell.metadata.tags?.find((each) => each === "check" || each.startsWith("check-within-"));
  if (tag === undefined) return undefined;
  return tag === "check" ? 0 : Number(tag.slice("check-within-".length));
}

/** All that a cell put out; a progress bar that has cleared itself, there on slow machines only, leaves nothing. */
function outputText(cell: NotebookCell | undefined): string {
  const texts = (cell?.outputs ?? []).map((output) => joined(output.text ?? output.data?.["text/plain"]));
  return texts.filter((text) => text !== "").join("\n");
}

function joined(text: unknown): string {
  if (Array.isArray(text)) return text.join("");
  return typeof text === "string" ? text : "";
}
