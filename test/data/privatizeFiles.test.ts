import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataError, ShapeError, privatize, readImages, saveImages } from "../../src/index";
import { toSettings } from "../../src/compress/settings";
import { findImageFiles } from "../../src/data/imageFiles";
import { type PrivatizedChunk, privatizeFiles } from "../../src/data/privatizeFiles";
import { readSettings } from "../../src/data/readSettings";
import { scratchFolder, writeColour, writeGrey } from "./pictures";

const folder = await scratchFolder();
const settings = { level: 2, patchGrid: [3, 4] } as const;

async function all(input: string, level = 2, signal = new AbortController().signal): Promise<PrivatizedChunk[]> {
  const start = { read: readSettings(), settings: toSettings({ ...settings, level }, "test") };
  const chunks: PrivatizedChunk[] = [];
  const stream = privatizeFiles(await findImageFiles(input), start, { workers: 2, signal });
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

describe("privatizing files in workers", () => {
  it.each([1, 3])("gives the files of reading, privatizing and saving, in order: %d channels", async (channels) => {
    const input = join(folder, `in-${channels}`);
    for (let at = 0; at < 30; at++) {
      const file = join(input, `${at + 10}.${["png", "jpg", "tiff"][at % 3]}`);
      if (channels === 1) await writeGrey(file, 20, 28, at);
      else await writeColour(file, 20, 28, [at, 5 * at, 255 - at]);
      if (at === 7) await writeFile(file, "no image");
    }
    const chunks = await all(input);
    const images = await readImages(input);
    const files = await saveImages(await privatize(images, settings), join(folder, `out-${channels}`));
    const outcomes = chunks.flatMap((chunk) => chunk.outcomes);
    const read = outcomes.flatMap(({ kind, id }) => (kind === "read" ? [id] : []));
    expect(read).toEqual(images.ids);
    expect(outcomes[7]).toMatchObject(images.rejected[0] as object);
    const pngs = chunks.flatMap((chunk) => chunk.pngs).filter((png) => png !== undefined);
    expect(pngs.map((png) => Buffer.from(png).toString("base64"))).toEqual(
      await Promise.all(files.map((file) => readFile(file, "base64"))),
    );
  });

  it("refuses images of two sizes and settings that do not fit, and stops when told to", async () => {
    const sizes = join(folder, "sizes");
    for (let at = 0; at < 12; at++) await writeGrey(join(sizes, `${at + 10}.png`), 20, at === 9 ? 24 : 28);
    await expect(all(sizes)).rejects.toThrow(DataError);
    await expect(all(sizes, 5)).rejects.toThrow(ShapeError);
    const stop = new AbortController();
    stop.abort(new Error("enough"));
    await expect(all(sizes, 2, stop.signal)).rejects.toThrow("enough");
  });
});
