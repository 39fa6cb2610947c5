import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Images } from "../../src/core/images";
import { readImages } from "../../src/data/readImages";
import { saveImages } from "../../src/data/saveImages";
import { scratchFolder } from "./pictures";

const folder = await scratchFolder();

describe("saveImages", () => {
  it("writes PNG files under the ids, which read as the same pixels", async () => {
    const pixels = Uint8Array.from({ length: 2 * 3 * 20 }, (_, at) => (at * 53) % 256);
    const images: Images = { pixels, shape: [2, 3, 4, 5], ids: ["first.jpg", "deep/er/second"] };
    const files = await saveImages(images, join(folder, "made"));
    expect(files).toEqual(["first.png", "deep/er/second.png"].map((name) => join(folder, "made", name)));
    const back = await readImages(files);
    expect(back.shape).toEqual([2, 3, 4, 5]);
    for (const [at, file] of files.entries()) {
      const { pixels: read } = await readImages([file]);
      expect(read).toEqual(pixels.slice(at * 60, (at + 1) * 60));
    }
  });

  it("clamps, and refuses ids that meet or leave the folder", async () => {
    const floats: Images = { pixels: Float32Array.of(-1, 0.5, 2, 1), shape: [1, 1, 2, 2], ids: ["x"] };
    const [file] = await saveImages(floats, folder);
    expect(Array.from((await readImages([file as string])).pixels)).toEqual([0, 128, 255, 255]);
    const two: Images = { pixels: new Uint8Array(8), shape: [2, 1, 2, 2], ids: ["a.png", "a.jpg"] };
    await expect(saveImages(two, folder)).rejects.toThrow(/names of the PNG files.*a\.png/);
    await expect(saveImages({ ...floats, ids: ["../up"] }, folder)).rejects.toThrow(/ids that stay in the folder/);
    await expect(readFile(join(folder, "..", "up.png"))).rejects.toThrow(/ENOENT/);
  });
});
