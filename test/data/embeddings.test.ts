import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Embedding, type Images, compress, compressTo, embeddings } from "../../src/index";
import { scratchFolder } from "./pictures";

const folder = await scratchFolder();
const settings = { level: 2, patchGrid: [3, 2], wavelet: "db2", pooling: ["l1", "max"] } as const;

function batch(count: number, first: number): Images {
  const pixels = Uint8Array.from({ length: count * 12 * 16 }, (_, at) => ((at + first * 192) * 31) % 251);
  return { pixels, shape: [count, 1, 12, 16], ids: Array.from({ length: count }, (_, at) => `id ${first + at}`) };
}

async function* stream(batches: number, size: number): AsyncGenerator<Images> {
  for (let at = 0; at < batches; at++) yield Promise.resolve(batch(size, at * size));
}

async function written(name: string, batches: number): Promise<string> {
  const file = join(folder, name);
  await compressTo(file, stream(batches, 7), settings);
  return file;
}

async function all(batches: AsyncIterable<Embedding>): Promise<Embedding[]> {
  const result: Embedding[] = [];
  for await (const batch of batches) result.push(batch);
  return result;
}

describe("embeddings.open", () => {
  // 600 batches are more than one row group has.
  it.each([1, 10, 600])("reads what compressTo writes of %i batches of seven", async (batches) => {
    const stored = await embeddings.open(await written(`${batches}.parquet`, batches));
    const expected = await compress(batch(7 * batches, 0), settings);
    expect(stored).toMatchObject({ count: 7 * batches, columns: [], settings: expected.settings });
    const { values, ...rest } = await stored.read();
    const { values: numbers, ...others } = expected;
    expect(rest).toEqual(others);
    expect(Buffer.compare(new Uint8Array(values.buffer, 0, values.byteLength), new Uint8Array(numbers.buffer))).toBe(0);
    expect(await stored.ids()).toEqual(expected.ids);
  });

  it("gives batches of the size asked for, the last one shorter, and only the ids asked for", async () => {
    const stored = await embeddings.open(await written("b.parquet", 10));
    expect((await all(stored.batches({ batchSize: 32 }))).map(({ shape }) => shape[0])).toEqual([32, 32, 6]);
    expect((await all(stored)).map(({ shape }) => shape[0])).toEqual([64, 6]);
    const some = await all(stored.batches({ ids: ["id 50", "id 3", "nobody"] }));
    expect(some.flatMap(({ ids }) => ids)).toEqual(["id 3", "id 50"]);
    expect(some[0]?.values.subarray(0, 192)).toEqual((await compress(batch(1, 3), settings)).values);
  });

  it("reads ids in the order in which they are asked for, and complains of one that is not there", async () => {
    const file = await written("c.parquet", 2);
    const stored = await embeddings.open(file);
    const { ids, values } = await stored.read(["id 9", "id 0"]);
    expect(ids).toEqual(["id 9", "id 0"]);
    expect(values.subarray(192)).toEqual((await compress(batch(1, 0), settings)).values);
    await expect(stored.read(["id 0", "id 14"])).rejects.toThrow(`${file}: ids that are there, got "id 14"`);
    const one = stored.read("id 0" as unknown as string[]);
    await expect(one).rejects.toThrow('read: ids in a list, got "id 0"; put one in brackets: read(["id"])');
  });

  it("refuses what is no Parquet, is cut short, has no settings, or is not there", async () => {
    const [cut, none, words] = [await written("cut.parquet", 2), join(folder, "no"), join(folder, "words.parquet")];
    truncateSync(cut, 500);
    await expect(embeddings.open(cut)).rejects.toThrow(/cut\.parquet: a whole Parquet file/);
    await expect(embeddings.open("x.npy")).rejects.toThrow(/x\.npy: a Parquet file .*; read it with await loadNpy/);
    await expect(embeddings.open(none)).rejects.toThrow(/no: a Parquet file or a folder.*nothing there/);
    writeFileSync(words, "nothing of the kind");
    await expect(embeddings.open(words)).rejects.toThrow(/words\.parquet: a whole Parquet file/);
    const whole = readFileSync(await written("whole.parquet", 1));
    whole.write("another", whole.indexOf("deepfixcx"));
    writeFileSync(words, whole);
    await expect(embeddings.open(words)).rejects.toThrow(/settings with which its images were compressed, got none/);
  });
});
