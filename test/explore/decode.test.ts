import { describe, expect, it } from "vitest";
import { decodeHere, fits, unpack } from "../../src/explore/page/decode";
import { pageDecoder } from "../../src/explore/pageDecoder";
import { collectImages, compress, datasets, evaluate } from "../../src/index";

describe("a decoder in the page", () => {
  it.each([
    { what: "few patches, grey", name: "chest", size: 48, level: 2, patchGrid: 3 },
    { what: "more patches than half the picture, grey", name: "chest", size: 48, level: 1, patchGrid: 20 },
    { what: "few patches, colour", name: "disc", size: 40, level: 1, patchGrid: 5 },
    { what: "many patches, colour", name: "disc", size: 40, level: 1, patchGrid: 19 },
  ] as const)("rebuilds what evaluate.decode does: $what", async ({ name, size, level, patchGrid }) => {
    const data = await datasets.phantom(name, { images: 8, size, seed: 4 });
    const images = await collectImages(data.images());
    const embedding = await compress(images, { level, patchGrid });
    const pictures = evaluate.thumbnails(images, 24);
    const decoder = await evaluate.trainDecoder(embedding, pictures, { epochs: 3, batchSize: 4 });
    const there = await evaluate.decode(decoder, embedding);
    const ready = unpack(pageDecoder(decoder, "eight phantoms"));
    const numbers = embedding.values.length / 8;
    for (const image of [0, 5]) {
      const one = {
        ...embedding,
        values: embedding.values.slice(image * numbers, (image + 1) * numbers),
        shape: [1, ...embedding.shape.slice(1)] as unknown as typeof embedding.shape,
        ids: [embedding.ids[image] as string],
      };
      expect(fits(ready.about, one)).toBe(true);
      const size = there.pixels.length / 8;
      expect(decodeHere(ready, one)).toBeAllclose(there.pixels.slice(image * size, (image + 1) * size), {
        rtol: 0,
        atol: 1e-4,
      });
    }
  });

  it("is none for other settings or images of another size", async () => {
    const data = await datasets.phantom("chest", { images: 4, size: 32, seed: 4 });
    const images = await collectImages(data.images());
    const embedding = await compress(images, { level: 1, patchGrid: 4 });
    const decoder = await evaluate.trainDecoder(embedding, evaluate.thumbnails(images, 16), { epochs: 1 });
    const about = pageDecoder(decoder, "four phantoms");
    const other = await compress(images, { level: 1, patchGrid: 5 });
    expect([fits(about, embedding), fits(about, other)]).toEqual([true, false]);
    expect(fits(about, { ...embedding, imageShape: [1, 32, 31] })).toBe(false);
  });
});
