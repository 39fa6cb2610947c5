/** A value of a column beside the numbers; null where there is none. */
export type Cell = string | number | null;

/** A column beside the numbers: text in UTF-8, or numbers in double precision. */
export interface ColumnKind {
  readonly name: string;
  readonly kind: "text" | "number";
}

/** Rows of a table of embeddings. */
export interface Rows {
  readonly ids: readonly string[];
  /** `[row, number]` */
  readonly values: Float32Array;
  /** By name, of every column that the table has besides ids and numbers. */
  readonly columns: Readonly<Record<string, readonly Cell[]>>;
}

/** The names of the columns that every table of embeddings has. */
export const names = { id: "id", values: "embedding" } as const;

/** The columns that every table of an archive has besides ids and numbers: where each image came from. */
export const originColumns: readonly ColumnKind[] = [
  { name: "source", kind: "text" },
  { name: "sha256", kind: "text" },
  { name: "decoder", kind: "text" },
];
