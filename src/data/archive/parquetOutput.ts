import { join } from "node:path";
import { embeddingSize } from "../../compress/settings";
import { factsJson, factsKey } from "../embeddingFacts";
import { magic } from "../parquet/footer";
import { Encoders } from "../parquet/encoders";
import type { ColumnKind, Rows } from "../parquet/rows";
import { ParquetWriter, rowsOfGroup } from "../parquet/writer";
import { Draft, type Written, draftOf, isThere, settle } from "./draft";
import type { Form, Output, OutputPlan } from "./output";

const groupsOfShard = 16; // 128 MB of numbers at most
const mostEncoders = 8; // each holds a piece several times, and Parquet's code

interface State {
  readonly shard: number;
  readonly bytes: number;
  /** Of the row group, in the footer. */
  readonly entry: string;
}

/** One Parquet file, a piece a row group. */
export const parquet: Form = {
  open: (plan) => openShards(plan, () => plan.out, Number.POSITIVE_INFINITY),
  files: (out) => [out],
  parts: (out, states) => partsOf(() => out, states as readonly State[]),
};

/** A folder of Parquet files, each in its place as soon as it is whole. */
export const shards: Form = {
  open: (plan) => openShards(plan, (shard) => join(plan.out, shardName(shard)), groupsOfShard),
  files: (out, states) => [join(out, shardName((states.at(-1) as State | undefined)?.shard ?? 0))],
  parts: (out, states) => partsOf((shard) => join(out, shardName(shard)), states as readonly State[]),
};

function partsOf(fileOf: (shard: number) => string, states: readonly State[]): readonly Written[] {
  const bytes = new Map(states.map((state) => [state.shard, state.bytes]));
  return [...bytes].map(([shard, least]) => ({ file: fileOf(shard), bytes: least }));
}

/** The name of a file of a folder. */
export function shardName(shard: number): string {
  return `part-${String(shard).padStart(5, "0")}.parquet`;
}

async function openShards(
  { facts, columns, states, workers = 1 }: OutputPlan,
  fileOf: (shard: number) => string,
  mostGroups: number,
): Promise<Output> {
  const size = embeddingSize(facts.settings, facts.imageShape);
  const metadata = new Map([[factsKey, factsJson(facts)]]);
  const threads = Math.min(Math.ceil(workers / 2), mostEncoders);
  const entries = states as readonly State[];
  let shard = entries.at(-1)?.shard ?? 0;
  const own = entries.filter((entry) => entry.shard === shard);
  const encoders = new Encoders({ columns, metadata }, threads);
  let like: Uint8Array | undefined; // kept for what the footers have in common
  let writer = new ParquetWriter(
    metadata,
    own.map(({ entry }) => entry),
  );
  let groups = own.length;
  let draft: Draft | undefined;
  // The last shard may have come to its place before the next one was begun.
  if (groups < mostGroups || (await isThere(draftOf(fileOf(shard)))))
    draft = await Draft.open(fileOf(shard), writer.bytes);
  else groups = mostGroups;

  const begin = async (): Promise<Draft> => {
    if (draft !== undefined && groups < mostGroups) return draft;
    await finish();
    if (groups > 0) shard++;
    writer = new ParquetWriter(metadata, []);
    groups = 0;
    return (draft = await Draft.open(fileOf(shard), 0));
  };
  const close = async (): Promise<void> => {
    if (draft === undefined) return;
    like ??= await encoders.encode(blankRow(columns, size));
    await draft.end(writer.bytes, writer.end(like));
    draft = undefined;
  };
  const finish = async (): Promise<void> => {
    await close();
    await settle(fileOf(shard));
  };
  const write = async (file: Uint8Array): Promise<State> => {
    const target = await begin();
    const { bytes, entry } = writer.add(file);
    await target.append(...(target.bytes === 0 ? [magic] : []), bytes);
    writer.accept();
    groups++;
    return { shard, bytes: target.bytes, entry };
  };
  return {
    rowsOfPiece: rowsOfGroup(size),
    ahead: threads + 1,
    async pack(piece) {
      const file = await encoders.encode(piece);
      like ??= file;
      return () => write(file);
    },
    async end() {
      try {
        await close();
      } finally {
        await encoders.close();
      }
    },
  };
}

/** A row of nothing. */
function blankRow(columns: readonly ColumnKind[], size: number): Rows {
  const blank = Object.fromEntries(columns.map(({ name }) => [name, [null]]));
  return { ids: [""], values: new Float32Array(size), columns: blank };
}
