import { execFileSync } from "node:child_process";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Embedding } from "../../src/compress/embedding";
import { loadNpy, npyHeader, parseNpyHeader, saveNpy } from "../../src/data/npy";
import { scratchFolder } from "./pictures";

const folder = await scratchFolder();

const embedding: Embedding = {
  values: Float32Array.from({ length: 3 * 16 * 2 * 3 }, (_, at) => Math.fround(at / 7 - 5)),
  shape: [3, 1, 16, 2, 3, 1],
  settings: { level: 2, patchGrid: [2, 3], wavelet: "db2", pooling: ["l1"] },
  imageShape: [1, 33, 40],
  ids: ["a/1.png", 'b, "second".png', "ü.png"],
};

describe("saveNpy and loadNpy", () => {
  it("bring back values, ids, settings and shapes exactly", async () => {
    const file = join(folder, "round.npy");
    await saveNpy(embedding, file);
    const back = await loadNpy(file);
    expect(back).toEqual(embedding);
  });

  it("keep the guarantee of noise beside the settings, and none where there was no noise", async () => {
    const file = join(folder, "noisy.npy");
    const guarantee = { kind: "differential privacy", epsilon: 2, delta: 1e-6, words: "what is promised" } as const;
    await saveNpy({ ...embedding, guarantee }, file);
    expect((await loadNpy(file)).guarantee).toEqual(guarantee);
    expect(JSON.parse(await readFile(`${file}.json`, "utf8"))).toMatchObject({ guarantee });
    await saveNpy(embedding, file);
    expect(await loadNpy(file)).not.toHaveProperty("guarantee");
  });

  it("refuse values without their ids, files that were cut, and ids that do not belong", async () => {
    const file = join(folder, "bad.npy");
    await saveNpy(embedding, file);
    await truncate(file, 1000);
    await expect(loadNpy(file)).rejects.toThrow(/bad\.npy: 1152 bytes of numbers, got 872/);
    await saveNpy(embedding, file);
    await writeFile(`${file}.ids.csv`, "row,id\n0,a\n1,b\n");
    await expect(loadNpy(file)).rejects.toThrow(/192 values|192/);
    await writeFile(`${file}.ids.csv`, "row,id\n0,a\n1,b\n2,a\n");
    await expect(loadNpy(file)).rejects.toThrow(/"a" twice/);
    await writeFile(`${file}.json`, "{}");
    await expect(loadNpy(file)).rejects.toThrow(/bad\.npy\.json: the settings with which its images were compressed/);
    await expect(loadNpy(join(folder, "none.npy"))).rejects.toThrow(/none\.npy: an \.npy file, got nothing/);
    await writeFile(join(folder, "text.npy"), "this is a text, not an array");
    await expect(loadNpy(join(folder, "text.npy"))).rejects.toThrow(/got no \.npy file/);
  });
});

describe("npyHeader", () => {
  it("is 64-byte aligned, says what NumPy writes, and is read back", () => {
    for (const shape of [[7], [2, 3], [100000, 1, 16, 19, 19, 1]]) {
      const header = Buffer.from(npyHeader(shape));
      expect(header.length % 64).toBe(0);
      expect(header.subarray(0, 8)).toEqual(Buffer.from("\x93NUMPY\x01\x00", "latin1"));
      expect(parseNpyHeader("x", header)).toEqual({ kind: "<f4", shape, offset: header.length });
    }
  });

  it("opens in NumPy with the same numbers", async (context) => {
    const file = join(folder, "numpy.npy");
    await saveNpy(embedding, file);
    const script =
      "import sys, numpy; a = numpy.load(sys.argv[1]); print(a.shape, a.dtype, a.astype('<f4').tobytes().hex())";
    let printed: string;
    try {
      printed = execFileSync("python3", ["-c", script, file], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    } catch {
      return context.skip("no Python with NumPy here");
    }
    const bytes = (await readFile(file)).subarray(128).toString("hex");
    expect(printed.trim()).toBe(`(3, 1, 16, 2, 3, 1) float32 ${bytes}`);
  });
});
