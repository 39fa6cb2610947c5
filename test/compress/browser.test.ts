import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Images, compress, reconstruct } from "../../src/index";
import { packageFolder } from "../../src/core/paths";
import type * as page from "../../src/compress/browser";
import { goldenCases, goldenImage } from "./golden";

const executable = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (executable === undefined) console.log("No Chromium here: the browser's build is not tested.");

const chosen = goldenCases.filter(({ poolings }) => poolings.length === 1);

describe.skipIf(executable === undefined)("the browser's build", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executable ?? "", args: ["--no-sandbox"] });
  }, 120_000);
  afterAll(() => browser.close());

  it("gives the bytes that Node gives, both ways, for all golden cases and 16-bit noise", async () => {
    const tab = await browser.newPage();
    await tab.addScriptTag({ path: join(packageFolder, "dist", "browser", "compress.js") });
    const wide: Images = {
      pixels: Uint16Array.from({ length: 2 * 33 * 41 }, (_, at) => (at * 40503) % 65536),
      shape: [1, 2, 33, 41],
      ids: ["wide"],
    };
    const calls = [
      ...chosen.map((golden) => {
        const { level, patchGrid, wavelet, poolings } = golden;
        return { images: goldenImage(golden), options: { level, patchGrid, wavelet, pooling: poolings } };
      }),
      { images: wide, options: { level: 2, patchGrid: [3, 5], wavelet: "db4", pooling: ["sum"] } } as const,
    ];
    for (const { images, options } of calls) {
      const given = { ...images, pixels: Array.from(images.pixels), kind: images.pixels.constructor.name };
      const there = await tab.evaluate(
        ({ given, options }) => {
          const { deepfixcx } = globalThis as unknown as { deepfixcx: typeof page };
          const pixels = given.kind === "Uint16Array" ? Uint16Array.from(given.pixels) : Uint8Array.from(given.pixels);
          const embedding = deepfixcx.compress({ ...given, pixels }, options);
          const [, ...imageShape] = given.shape;
          const back = deepfixcx.reconstruct(embedding, options, imageShape);
          return { values: [...embedding.values], shape: embedding.shape, back: [...back.values], sides: back.shape };
        },
        { given, options },
      );
      const here = await compress(images, options);
      expect(Float32Array.from(there.values)).toEqual(here.values);
      expect(there.shape).toEqual(here.shape);
      const back = await reconstruct(here);
      expect(Float32Array.from(there.back)).toEqual(back.pixels);
      expect(there.sides).toEqual(back.shape);
    }
  }, 120_000);
});
