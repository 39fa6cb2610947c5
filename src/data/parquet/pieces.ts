import type { Cell, ColumnKind, Rows } from "./rows";

/** How rows become pieces. */
export interface PiecesPlan {
  /** Rows in one piece. */
  readonly rows: number;
  /** Numbers in one row. */
  readonly size: number;
  readonly kinds: readonly ColumnKind[];
  /** How many pieces may be in use while the next is filled; none by default. */
  readonly ahead?: number;
}

/**
 * Collects rows, however they come, into pieces of the same number of rows. The memory of their values, which threads may
 * share, is used again in turn.
 */
export class Pieces {
  readonly #plan: PiecesPlan;
  readonly #memory: (Float32Array | undefined)[];
  #turn = 0;
  #ids: string[] = [];
  #columns: Record<string, Cell[]> = {};

  constructor(plan: PiecesPlan) {
    this.#plan = plan;
    this.#memory = Array.from({ length: 1 + (plan.ahead ?? 0) });
    this.#empty();
  }

  /** Takes rows in, and gives the pieces that have become whole; as many as said may be in use when the next is asked for. */
  *add({ ids, values, columns }: Rows): Generator<Rows> {
    const { rows, size, kinds } = this.#plan;
    for (const [row, id] of ids.entries()) {
      this.#values().set(values.subarray(row * size, (row + 1) * size), this.#ids.length * size);
      this.#ids.push(id);
      for (const { name } of kinds) this.#columns[name]?.push(columns[name]?.[row] ?? null);
      if (this.#ids.length === rows) yield* this.rest();
    }
  }

  /** What is left, if anything. */
  *rest(): Generator<Rows> {
    if (this.#ids.length === 0) return;
    const values = this.#values().subarray(0, this.#ids.length * this.#plan.size);
    yield { ids: this.#ids, values, columns: this.#columns };
    this.#turn = (this.#turn + 1) % this.#memory.length;
    this.#empty();
  }

  #values(): Float32Array {
    const { rows, size } = this.#plan;
    return (this.#memory[this.#turn] ??= new Float32Array(new SharedArrayBuffer(4 * rows * size)));
  }

  #empty(): void {
    this.#ids = [];
    this.#columns = Object.fromEntries(this.#plan.kinds.map(({ name }) => [name, []]));
  }
}
