import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths";
import { toPng } from "../../src/display/png";
import { colourAt, palettes } from "../../src/display/style";
import type { Figure, Picture } from "../../src/display/view";
import { figures, picture, ramp } from "./samples";

const run = promisify(execFile);

/** Red, green and blue of every pixel. */
async function pixelsOf(png: Uint8Array): Promise<{ data: Buffer; width: number; height: number }> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

describe("static pictures", () => {
  it("have the size that was asked for", async () => {
    const line = figures["line"] as Figure;
    expect(await pixelsOf(await toPng({ ...line, width: 500, height: 300 }))).toMatchObject({
      width: 1000,
      height: 600,
    });
    expect(await pixelsOf(await toPng(line, { scale: 1 }))).toMatchObject({ width: 640, height: 400 });
  });

  it("are light or dark", async () => {
    const light = await pixelsOf(await toPng(picture));
    const dark = await pixelsOf(await toPng(picture, { theme: "dark" }));
    expect([...light.data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect([...dark.data.subarray(0, 3)]).toEqual([17, 17, 17]);
  });

  it("show every value of a tile in its colour, enlarged without smoothing", async () => {
    const one: Picture = {
      kind: "picture",
      title: "",
      alt: "",
      tiles: [ramp(4, [0, 15], "sequential")],
      tileWidth: 40,
    };
    const { data, width } = await pixelsOf(await toPng(one, { scale: 1 }));
    const at = (x: number, y: number): number[] => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
    const first = colourAt(palettes.sequential, 0).join();
    let [left, top] = [0, 0];
    while (at(left, top).join() !== first) left = left + 1 < width ? left + 1 : ((top += 1), 0);
    for (let cell = 0; cell < 16; cell++) {
      const expected = colourAt(palettes.sequential, cell / 15);
      for (const inside of [1, 8]) {
        const found = at(left + (cell % 4) * 10 + inside, top + Math.floor(cell / 4) * 10 + inside);
        expect(found).toBeAllclose(expected, { atol: 2 }); // the scale has 257 colours
      }
    }
  });

  it("do not depend on the fonts of the machine", async () => {
    const folder = await mkdtemp(join(tmpdir(), "deepfixcx-fonts-"));
    try {
      const config = join(folder, "fonts.conf");
      await writeFile(config, `<?xml version="1.0"?><fontconfig><dir>${folder}</dir></fontconfig>`);
      const script = `
        const { barChart, toPng } = require(${JSON.stringify(packageFolder)});
        const bars = [{ label: "model", value: 0.863, low: 0.828, high: 0.894 }];
        toPng(barChart(bars, { title: "A model", value: "ROC AUC" })).then((png) => process.stdout.write(Buffer.from(png).toString("base64")));
      `;
      const draw = async (environment: NodeJS.ProcessEnv): Promise<Buffer> => {
        const { stdout } = await run(process.execPath, ["-e", script], { env: environment });
        return (await pixelsOf(Buffer.from(stdout, "base64"))).data;
      };
      const here = await draw(process.env);
      expect(await draw({ ...process.env, FONTCONFIG_FILE: config })).toBeAllclose(here, { atol: 0 });
      expect(new Set(here).size).toBeGreaterThan(20);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
