import { DataError } from "../../core/errors";

// Thrift's compact protocol, in which Parquet writes its footers: generic trees, so that what we do not know of a footer
// is kept as it is. https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md

/** The types of the protocol that Parquet's footers use, by the numbers that stand for them. */
// prettier-ignore
export const kinds = {
  true: 1, false: 2, byte: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, set: 10, struct: 12,
} as const;

/** A value: whole numbers of any width as bigint, doubles as their eight bytes. */
export type Value = bigint | boolean | Uint8Array | List | Struct;

/** A list of values of one type. */
export interface List {
  readonly of: number;
  readonly items: readonly Value[];
}

/** A struct: the fields that are there, in rising order of their ids. */
export interface Struct {
  readonly fields: readonly Field[];
}

/** One field of a struct. */
export interface Field {
  readonly id: number;
  readonly kind: number;
  readonly value: Value;
}

/** Reads one struct from the beginning of some bytes. */
export function readStruct(bytes: Uint8Array): Struct {
  return new Reader(bytes).struct();
}

/** The bytes of a struct. */
export function writeStruct(struct: Struct): Uint8Array {
  const bytes: number[] = [];
  putStruct(bytes, struct);
  return Uint8Array.from(bytes);
}

/** A field's value, or undefined. */
export function fieldOf(struct: Struct, id: number): Value | undefined {
  return struct.fields.find((field) => field.id === id)?.value;
}

/** The struct with one field put in, replaced, or (with undefined) left out. */
export function withField(struct: Struct, id: number, kind: number, value: Value | undefined): Struct {
  const others = struct.fields.filter((field) => field.id !== id);
  const fields = value === undefined ? others : [...others, { id, kind, value }];
  return { fields: fields.sort((one, other) => one.id - other.id) };
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  struct(): Struct {
    const fields: Field[] = [];
    for (let id = 0; ;) {
      const head = this.#byte();
      if (head === 0) return { fields };
      id = head >> 4 === 0 ? Number(this.#zigzag()) : id + (head >> 4);
      const kind = head & 15;
      fields.push({ id, kind, value: this.#value(kind, kind === kinds.true) });
    }
  }

  /** @param truth - in a struct, a boolean is the kind of its field */
  #value(kind: number, truth: boolean): Value {
    if (kind === kinds.true || kind === kinds.false) return truth;
    if (kind === kinds.byte) return BigInt(this.#byte());
    if (kind === kinds.i16 || kind === kinds.i32 || kind === kinds.i64) return this.#zigzag();
    if (kind === kinds.double) return this.#take(8);
    if (kind === kinds.binary) return this.#take(Number(this.#varint()));
    if (kind === kinds.list || kind === kinds.set) return this.#list();
    if (kind === kinds.struct) return this.struct();
    throw broken(`a field of kind ${kind}`);
  }

  #list(): List {
    const head = this.#byte();
    const of = head & 15;
    const count = head >> 4 === 15 ? Number(this.#varint()) : head >> 4;
    if (count > this.#bytes.length - this.#at) throw broken("one that is broken off"); // an item has a byte at least
    const isTruth = of === kinds.true || of === kinds.false;
    const item = (): Value => (isTruth ? this.#byte() === kinds.true : this.#value(of, false));
    return { of, items: Array.from({ length: count }, item) };
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw broken("one that is broken off");
    return byte;
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw broken("one that is broken off");
    return this.#bytes.slice(this.#at, (this.#at += length));
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw broken("a number of more than ten bytes");
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return value % 2n === 0n ? value / 2n : -(value + 1n) / 2n;
  }
}

function putStruct(bytes: number[], { fields }: Struct): void {
  let last = 0;
  for (const { id, kind, value } of fields) {
    const step = id - last;
    const own = typeof value === "boolean" ? (value ? kinds.true : kinds.false) : kind;
    if (step >= 1 && step <= 15) bytes.push((step << 4) | own);
    else {
      bytes.push(own);
      putZigzag(bytes, BigInt(id));
    }
    if (typeof value !== "boolean") putValue(bytes, kind, value);
    last = id;
  }
  bytes.push(0);
}

function putValue(bytes: number[], kind: number, value: Value): void {
  if (typeof value === "boolean") bytes.push(value ? kinds.true : kinds.false);
  else if (typeof value === "bigint") {
    if (kind === kinds.byte) bytes.push(Number(value));
    else putZigzag(bytes, value);
  } else if (value instanceof Uint8Array) {
    if (kind === kinds.binary) putVarint(bytes, BigInt(value.length));
    for (const byte of value) bytes.push(byte);
  } else if ("items" in value) {
    const { of, items } = value;
    if (items.length < 15) bytes.push((items.length << 4) | of);
    else {
      bytes.push(0xf0 | of);
      putVarint(bytes, BigInt(items.length));
    }
    for (const item of items) putValue(bytes, of, item);
  } else putStruct(bytes, value);
}

function putVarint(bytes: number[], value: bigint): void {
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
}

function putZigzag(bytes: number[], value: bigint): void {
  putVarint(bytes, value >= 0n ? 2n * value : -2n * value - 1n);
}

function broken(got: string): DataError {
  return new DataError({ where: "parquet", required: "a footer in Thrift's compact protocol", got });
}
