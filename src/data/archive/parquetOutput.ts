import { access } from "node:fs/promises";
import { join } from "node:path";
import { embeddingSize } from "../../compress/settings";
import { factsJson, factsKey } from "../embeddingFacts";
import { magic } from "../parquet/footer";
import { ParquetWriter, rowsOfGroup } from "../parquet/writer";
import { Draft, draftOf, settle } from "./draft";
import type { Form, Output, OutputPlan } from "./output";

const groupsOfShard = 16; // 128 MB of numbers at most

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
};

/** A folder of Parquet files, each in its place as soon as it is whole. */
export const shards: Form = {
  open: (plan) => openShards(plan, (shard) => join(plan.out, shardName(shard)), groupsOfShard),
  files: (out, states) => [join(out, shardName((states.at(-1) as State | undefined)?.shard ?? 0))],
};

/** The name of a file of a folder. */
export function shardName(shard: number): string {
  return `part-${String(shard).padStart(5, "0")}.parquet`;
}

async function openShards(
  { facts, columns, states }: OutputPlan,
  fileOf: (shard: number) => string,
  mostGroups: number,
): Promise<Output> {
  const size = embeddingSize(facts.settings, facts.imageShape);
  const metadata = new Map([[factsKey, factsJson(facts)]]);
  const entries = states as readonly State[];
  let shard = entries.at(-1)?.shard ?? 0;
  const own = entries.filter((entry) => entry.shard === shard);
  let writer = new ParquetWriter(
    columns,
    size,
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
    writer = new ParquetWriter(columns, size, metadata, []);
    groups = 0;
    return (draft = await Draft.open(fileOf(shard), 0));
  };
  const finish = async (): Promise<void> => {
    await draft?.end(writer.bytes, writer.end());
    draft = undefined;
    await settle(fileOf(shard));
  };
  return {
    rowsOfPiece: rowsOfGroup(size),
    async write(piece) {
      const file = await begin();
      const { bytes, entry } = writer.add(piece);
      await file.append(...(file.bytes === 0 ? [magic] : []), bytes);
      writer.accept();
      groups++;
      return { shard, bytes: file.bytes, entry } satisfies State;
    },
    async end() {
      await draft?.end(writer.bytes, writer.end());
      draft = undefined;
    },
  };
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
