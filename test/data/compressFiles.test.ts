import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { DataError, ShapeError, compress, compressTo, streamImages } from "../../src/index";
import { Thread } from "../../src/data/thread";
import { scratchFolder, writeColour, writeGrey } from "./pictures";

const folder = await scratchFolder();
const settings = { level: 2, patchGrid: [3, 4] } as const;
const count = 150;
const mixed = join(folder, "mixed");

/** JPEG and PNG, some that only sharp reads, some that nobody does. */
beforeAll(async () => {
  for (let at = 0; at < count; at++) {
    const file = join(mixed, `${String(at).padStart(3, "0")}.${["png", "jpg", "tiff"][at % 3]}`);
    await writeGrey(file, 20, 28, at);
    if (at % 50 === 7) await writeFile(file, "no image");
  }
});

describe("compressing files where they are read", () => {
  it("gives the bytes, ids, rejects and decoders of reading and compressing on one thread", async () => {
    const stream = await streamImages(mixed);
    const here = await compress(stream, { ...settings, workers: 1 });
    const [rejected, bySharp] = [[...stream.rejected], [...stream.bySharp]];
    const there = await compress(stream, { ...settings, workers: 2 });
    expect(there).toEqual(here);
    expect(stream.rejected).toEqual(rejected);
    expect([...stream.bySharp].sort()).toEqual(bySharp.sort());
    expect(rejected.map(({ id }) => id)).toEqual(["007.jpg", "057.png", "107.tiff"]);
    expect(bySharp.length).toBe(count / 3 - 1);
  });

  it.each(["png", "jpg"])("gives the bytes of colour images, which lie in a decoder's memory: %s", async (ending) => {
    const colour = join(folder, `colour-${ending}`);
    for (let at = 0; at < 70; at++)
      await writeColour(join(colour, `${at}.${ending}`), 37, 50, [at, 3 * at, 255 - at, 7 * at, 90]);
    const stream = await streamImages(colour);
    for (const pooling of [["l1"], ["max", "median"]] as const) {
      const here = await compress(stream, { ...settings, pooling, workers: 1 });
      expect(await compress(stream, { ...settings, pooling, workers: 2 })).toEqual(here);
      expect(stream.bySharp).toEqual([]);
    }
  });

  it("scales as reading does, and fills a caller's buffer", async () => {
    const stream = await streamImages(mixed, { size: [16, 24] });
    const here = await compress(stream, { ...settings, workers: 1 });
    const out = new Float32Array(here.values.length);
    const there = await compress(stream, { ...settings, workers: 2, out });
    expect(there).toEqual(here);
    expect(there.values.buffer).toBe(out.buffer);
  });

  it("writes down which decoder read a file", async () => {
    const file = join(folder, "mixed.npy");
    await compressTo(file, await streamImages(mixed), { ...settings, workers: 2 });
    const lines = (await readFile(`${file}.ids.csv`, "utf8")).split("\n");
    expect(lines.slice(0, 4)).toEqual(["row,id,decoder", "0,000.png,own", "1,001.jpg,own", "2,002.tiff,sharp"]);
  });

  it("refuses images of two sizes and settings that do not fit, as on one thread", async () => {
    for (let at = 0; at < 70; at++) await writeGrey(join(folder, "sizes", `${at + 100}.png`), 20, at === 66 ? 24 : 28);
    const sizes = await streamImages(join(folder, "sizes"));
    for (const workers of [1, 2]) {
      await expect(compress(sizes, { ...settings, workers })).rejects.toThrow(DataError);
      await expect(compress(sizes, { ...settings, workers })).rejects.toThrow("got 20x24; say what to bring them to");
      await expect(compress(sizes, { level: 5, patchGrid: 1, workers })).rejects.toThrow(ShapeError);
    }
  });

  it("complains where no file can be used", async () => {
    for (let at = 0; at < 70; at++) await writeColour(join(folder, "small", `${at}.png`), 3, 3, [1, 2, 3]);
    const small = await streamImages(join(folder, "small"), { minSide: 4 });
    const message = "at least one image that can be read, got 70 that cannot";
    for (const workers of [1, 2]) await expect(compress(small, { ...settings, workers })).rejects.toThrow(message);
  });

  it("keeps no room for files that were set aside", async () => {
    for (const workers of [1, 2]) {
      const { values, shape } = await compress(await streamImages(mixed), { ...settings, workers });
      expect(shape[0]).toBe(count - 3);
      expect(values.buffer.byteLength).toBe(values.byteLength);
    }
  });

  it("tells of progress soon, whatever is still to come, and starts no more workers than there is work for", async () => {
    const close = vi.spyOn(Thread.prototype, "close");
    const seen: number[] = [];
    const onProgress = ({ done }: { readonly done: number }): void => void seen.push(done);
    await compress(await streamImages(join(folder, "colour-png")), { ...settings, workers: 64, onProgress });
    expect(seen[0]).toBe(2);
    expect(close).toHaveBeenCalledTimes(Math.ceil(70 / 4));
    vi.restoreAllMocks();
  });

  it("stops when told to", async () => {
    const stop = new AbortController();
    const stream = await streamImages(mixed);
    const onProgress = (): void => stop.abort(new Error("enough"));
    const stopped = compress(stream, { ...settings, workers: 2, signal: stop.signal, onProgress });
    await expect(stopped).rejects.toThrow("enough");
    expect((await compress(stream, { ...settings, workers: 2 })).ids.length).toBe(count - 3);
  });
});
