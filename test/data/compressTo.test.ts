import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Images, compress, compressTo, loadNpy } from "../../src/index";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "compress-to-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const settings = { level: 2, patchGrid: [3, 2], pooling: ["l1", "max"] } as const;

function batch(count: number, first: number): Images {
  const pixels = Uint8Array.from({ length: count * 12 * 16 }, (_, at) => ((at + first * 192) * 31) % 251);
  return { pixels, shape: [count, 1, 12, 16], ids: Array.from({ length: count }, (_, at) => `id ${first + at}`) };
}

async function* stream(batches: number, size: number): AsyncGenerator<Images> {
  for (let at = 0; at < batches; at++) yield Promise.resolve(batch(size, at * size));
}

describe("compressTo", () => {
  it.each([1, 10, 1001])("writes %i batches of seven that loadNpy reads as what compress gives", async (batches) => {
    const file = join(folder, "many.npy");
    const written = await compressTo(file, stream(batches, 7), settings);
    const loaded = await loadNpy(file);
    expect(written.shape).toEqual([7 * batches, 1, 16, 3, 2, 2]);
    expect(loaded).toEqual(await compress(batch(7 * batches, 0), settings));
  });

  it("writes the guarantee of noise beside the settings", async () => {
    const file = join(folder, "noisy.npy");
    const noise = { epsilon: 3, pixels: 2 };
    await compressTo(file, stream(2, 3), { ...settings, noise });
    expect((await loadNpy(file)).guarantee).toMatchObject({ kind: "differential privacy", epsilon: 3, delta: 0 });
  });

  it("leaves nothing behind where an id stands twice, or where it is stopped", async () => {
    const file = join(folder, "none.npy");
    async function* twice(): AsyncGenerator<Images> {
      yield* stream(2, 3);
      yield* stream(1, 3);
    }
    await expect(compressTo(file, twice(), settings)).rejects.toThrow('"id 0" twice');
    const stop = AbortSignal.abort(new Error("enough"));
    await expect(compressTo(file, stream(2, 3), { ...settings, signal: stop })).rejects.toThrow("enough");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("refuses another ending and an empty stream", async () => {
    await expect(compressTo(join(folder, "a.csv"), stream(1, 1), settings)).rejects.toThrow(
      "ending in .npy or .parquet",
    );
    await expect(compressTo(join(folder, "a.npy"), stream(0, 1), settings)).rejects.toThrow("at least one batch");
  });
});
