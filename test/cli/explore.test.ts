import { existsSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { PageData } from "../../src/explore/pageData";
import { scratchFolder, writeGrey } from "../data/pictures";
import { deepfixcx } from "./run";

const folder = await scratchFolder();
const at = (...parts: string[]) => join(folder, ...parts);

async function pageOf(file: string): Promise<PageData> {
  const [, data] = /id="explorer-data">(.*?)<\/script>/s.exec(await readFile(file, "utf8")) ?? [];
  return JSON.parse(data ?? "") as PageData;
}

beforeAll(async () => {
  await writeGrey(at("scans", "b.png"), 48, 64);
  await writeGrey(at("scans", "sub", "large.png"), 400, 640);
  await writeGrey(at("scans", "thin.png"), 9, 2000);
  await writeFile(at("scans", "a.png"), "no image");
  await writeFile(at("scans", "empty.jpg"), "");
});

describe("explore command", () => {
  it("lists what cannot be used, first ones too, and puts the rest into the page", async () => {
    const { code, stdout, stderr } = await deepfixcx("explore", at("scans"), "--out", at("page.html"));
    expect(code).toBe(3);
    expect(stdout).toMatch(/page\.html: 2 images, /);
    expect(stderr).toMatch(/^rejected .*a\.png: .*no image/m);
    expect(stderr).toMatch(/^rejected .*empty\.jpg: .*the file is empty/m);
    expect(stderr).toMatch(/^rejected .*thin\.png: sides of at least 8 .*got 9x2000/m);
    const { images, start } = await pageOf(at("page.html"));
    expect(images.map(({ id, name, note }) => [id, name, note])).toEqual([
      ["b.png", "b.png", ""],
      ["sub/large.png", "large.png", "Scaled from 640 × 400 to 320 × 200 pixels."],
    ]);
    expect(start).toEqual({ level: 2, patchGrid: 19, wavelet: "haar", pooling: "l1" });
  });

  it("names all where nothing can be used, and writes no page", async () => {
    const { code, stderr } = await deepfixcx(
      "explore",
      at("scans", "a.png"),
      at("scans", "empty.jpg"),
      "--out",
      at("none.html"),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^rejected .*a\.png: /m);
    expect(stderr).toMatch(/at least one image that can be read, got 2 that cannot/);
    expect(existsSync(at("none.html"))).toBe(false);
  });

  it.each([
    [
      [],
      ["--level", "3", "--patch-grid", "500"],
      /^explore: patchGrid at most 40x40, the sub-bands of 320x320 at level 3, got 500x500/,
    ],
    [[], ["--level", "12"], /^explore: level 12 needs sides of at least 4096, got 320x320; use level <= 8/],
    [["no-such"], ["--patch-grid", "81"], /^explore: patchGrid at most 80x80.*got 81x81/],
    [
      ["scans/b.png"],
      ["--patch-grid", "17"],
      /^explore: patchGrid at most 12x16, the sub-bands of 48x64 at level 2, got 17x17/,
    ],
    [["no-such"], [], /^explore: .*no-such: a file, folder, pattern, list or archive, got nothing there/],
  ])("refuses what cannot be shown (%s %s)", async (inputs, words, line) => {
    const { code, stderr } = await deepfixcx(
      "explore",
      ...inputs.map((input) => at(input)),
      ...words,
      "--out",
      at("none.html"),
    );
    expect(stderr).toMatch(line);
    expect(code).toBe(1);
    expect(existsSync(at("none.html"))).toBe(false);
  });

  it("refuses to write over an input, or what is no page", async () => {
    const link = at("link.html");
    await symlink(at("scans", "b.png"), link);
    const before = await readFile(at("scans", "b.png"));
    for (const [out, code, line] of [
      [at("scans", "b.png"), 2, /a file ending in \.html is needed/],
      [at("labels.csv"), 2, /a file ending in \.html is needed/],
      [link, 1, /^explore: .*link\.html: an output apart from the inputs, got input at .*b\.png; name another/],
    ] as const) {
      const refused = await deepfixcx("explore", at("scans", "b.png"), "--out", out);
      expect(refused.stderr).toMatch(line);
      expect(refused.code).toBe(code);
    }
    expect(await readFile(at("scans", "b.png"))).toEqual(before);
    expect(existsSync(at("labels.csv"))).toBe(false);
  });

  it("refuses a decoder that is not there", async () => {
    const { code, stderr } = await deepfixcx("explore", "--decoder", at("none"), "--out", at("none.html"));
    expect(stderr).toMatch(/^model file: .*none: a decoder that can be read, got no such file\n$/);
    expect(code).toBe(1);
  });

  it("refuses more images than a page can hold before it reads any", async () => {
    await mkdir(at("many"));
    await Promise.all(Array.from({ length: 201 }, (_, image) => writeFile(at("many", `${image}.png`), "")));
    const { code, stderr } = await deepfixcx("explore", at("many"), "--out", at("none.html"));
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "explore: at most 200 images in a page, got 201; choose the ones to look at\n",
    });
  });
});
