import type { WrittenFacts } from "../embeddingFacts";
import type { ColumnKind, Rows } from "../parquet/rows";
import type { Written } from "./draft";

/** What an output is for. */
export interface OutputPlan {
  /** FILE.npy, FILE.parquet, or a folder. */
  readonly out: string;
  readonly facts: WrittenFacts;
  readonly columns: readonly ColumnKind[];
  /** The states of an earlier run, one a piece; none where it begins. */
  readonly states: readonly unknown[];
  /** Threads that may pack pieces; one by default. */
  readonly workers?: number;
}

/** An output that grows piece by piece. */
export interface Output {
  /** How many rows go into one piece. */
  readonly rowsOfPiece: number;
  /** How many pieces may be on their way to the disk while the next is filled. */
  readonly ahead: number;
  /** Makes of a piece what the file takes, beside others; they are then to be put there in their order. */
  pack(piece: Rows): Promise<Packed>;
  /** Ends the files so that they can be read, with the pieces that were written whole; they are still drafts. */
  end(): Promise<void>;
}

/** Puts a piece on the disk. @returns what a journal must keep so that the next run can go on behind it */
export type Packed = () => Promise<unknown>;

/** A form in which rows are kept. */
export interface Form {
  /** Opens an output at its beginning or behind the rows of the states. */
  open(plan: OutputPlan): Promise<Output>;
  /** The files that are drafts when an output has been ended, the last one last. */
  files(out: string, states: readonly unknown[]): readonly string[];
  /** The files whose bytes the states tell, the last one last. */
  parts(out: string, states: readonly unknown[]): readonly Written[];
}
