import { expect, it } from "vitest";
import { DataError } from "../../src/core/errors";
import type { Images } from "../../src/core/images";
import { collectImages } from "../../src/data/collectImages";

async function* stream(...batches: Images[]): AsyncGenerator<Images> {
  await Promise.resolve();
  yield* batches;
}

const one = (id: string, ...pixels: number[]): Images => ({
  pixels: Uint8Array.from(pixels),
  shape: [1, 1, 1, pixels.length],
  ids: [id],
});

it("joins batches in their order", async () => {
  const images = await collectImages(stream(one("a", 1, 2), one("b", 3, 4)));
  expect(images.ids).toEqual(["a", "b"]);
  expect(images.shape).toEqual([2, 1, 1, 2]);
  expect([...images.pixels]).toEqual([1, 2, 3, 4]);
});

it.each([
  ["a promise", Promise.resolve(one("a", 1)), "got Promise"],
  ["images in memory", one("a", 1), "got { pixels, shape, ids }"],
  ["a path", "scans", 'got "scans"'],
  ["nothing", undefined, "got undefined"],
])("refuses %s, saying what gives a stream", async (_, wrong, got) => {
  const refused = collectImages(wrong as unknown as AsyncIterable<Images>);
  await expect(refused).rejects.toThrow(DataError);
  await expect(refused).rejects.toThrow(`a stream of images, ${got}; give dataset.images() or await streamImages`);
});

it("refuses an id that comes twice, and an empty stream", async () => {
  await expect(collectImages(stream(one("a", 1), one("a", 2)))).rejects.toThrow(/"a" twice/);
  await expect(collectImages(stream())).rejects.toThrow(/at least one batch/);
});
