import type { Cell, ColumnKind, Rows } from "./rows";

/** Collects rows, however they come, into pieces of the same number of rows. */
export class Pieces {
  readonly #rows: number;
  readonly #size: number;
  readonly #kinds: readonly ColumnKind[];
  #ids: string[] = [];
  #values: Float32Array;
  #columns: Record<string, Cell[]> = {};

  /**
   * @param rows - in one piece
   * @param size - numbers in one row
   */
  constructor(rows: number, size: number, kinds: readonly ColumnKind[]) {
    [this.#rows, this.#size, this.#kinds] = [rows, size, kinds];
    this.#values = new Float32Array(rows * size);
    this.#empty();
  }

  /** Takes rows in, and gives the pieces that have become whole; each is to be used before the next is asked for. */
  *add({ ids, values, columns }: Rows): Generator<Rows> {
    for (const [row, id] of ids.entries()) {
      this.#values.set(values.subarray(row * this.#size, (row + 1) * this.#size), this.#ids.length * this.#size);
      this.#ids.push(id);
      for (const { name } of this.#kinds) this.#columns[name]?.push(columns[name]?.[row] ?? null);
      if (this.#ids.length === this.#rows) yield* this.rest();
    }
  }

  /** What is left, if anything. */
  *rest(): Generator<Rows> {
    if (this.#ids.length === 0) return;
    yield { ids: this.#ids, values: this.#values.subarray(0, this.#ids.length * this.#size), columns: this.#columns };
    this.#empty();
  }

  #empty(): void {
    this.#ids = [];
    this.#columns = Object.fromEntries(this.#kinds.map(({ name }) => [name, []]));
  }
}
