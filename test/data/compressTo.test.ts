import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataError, type Images, compress, compressTo, embeddings, loadNpy } from "../../src/index";

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

  it.each(["npy", "parquet"])(
    "lets one call at a time write a file, and another once it has ended: %s",
    async (ending) => {
      const file = join(folder, `one.${ending}`);
      const all = [1, 2, 3].map(() => compressTo(file, stream(40, 7), settings));
      const ended = await Promise.allSettled(all);
      expect(ended.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
      for (const end of ended) {
        if (end.status === "rejected")
          expect(String(end.reason)).toContain("no other call writes, got another call at work");
      }
      const names = readdirSync(folder).sort();
      expect(names).toEqual(ending === "npy" ? ["one.npy", "one.npy.ids.csv", "one.npy.json"] : ["one.parquet"]);
      await compressTo(file, stream(2, 7), settings);
      const { ids } = await (ending === "npy" ? loadNpy(file) : (await embeddings.open(file)).read());
      expect(ids).toHaveLength(14);
      expect(readdirSync(folder).sort()).toEqual(names);
    },
  );

  it.runIf(existsSync("/proc/self/stat"))("keeps out of what the command line is writing", async () => {
    const file = join(folder, "busy.npy");
    const pid = process.ppid; // any that runs
    const owner = {
      host: hostname(),
      pid,
      start: readFileSync(`/proc/${pid}/stat`, "latin1").replace(/.*\)/, ")").split(" ")[20],
    };
    const lines = [
      { kind: "key", key: "" },
      { kind: "run", owner },
    ].map((line) => `${JSON.stringify(line)}\n`);
    writeFileSync(join(folder, ".busy.npy.journal"), lines.join(""));
    await expect(compressTo(file, stream(1, 1), settings)).rejects.toThrow(`process ${pid} at work on it`);
  });

  it("writes names as long as may be, and refuses longer ones before it compresses", async () => {
    const file = join(folder, `${"n".repeat(239)}.npy`); // with .ids.csv 251 letters
    await compressTo(file, stream(2, 3), settings);
    expect((await loadNpy(file)).ids).toHaveLength(6);
    expect(readdirSync(folder)).toHaveLength(3);
    let asked = false;
    async function* watched(): AsyncGenerator<Images> {
      asked = true;
      yield* stream(1, 1);
    }
    const tooLong = join(folder, `${"n".repeat(245)}.npy`);
    await expect(compressTo(tooLong, watched(), settings)).rejects.toThrow("a name longer than the system allows");
    expect(asked).toBe(false);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it.runIf(existsSync("/proc/self/fd"))("leaves no file open where the table of ids cannot be written", async () => {
    const file = join(folder, "half.npy");
    mkdirSync(join(folder, ".half.npy.ids.csv.partial"));
    const open = (): readonly string[] =>
      readdirSync("/proc/self/fd").flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/self/fd/${fd}`)];
        } catch {
          return [];
        }
      });
    await expect(compressTo(file, stream(1, 1), settings)).rejects.toThrow(DataError);
    expect(open().filter((path) => path.startsWith(folder))).toEqual([]);
    expect(readdirSync(folder)).toEqual([".half.npy.ids.csv.partial"]);
  });

  it("writes no images to what loadNpy reads as none", async () => {
    const file = join(folder, "zero.npy");
    const none = { pixels: new Uint8Array(0), shape: [0, 1, 12, 16], ids: [] } as const;
    await compressTo(file, none, settings);
    expect(await loadNpy(file)).toEqual(await compress(none, settings));
  });

  it("refuses another ending and an empty stream", async () => {
    await expect(compressTo(join(folder, "a.csv"), stream(1, 1), settings)).rejects.toThrow(
      "ending in .npy or .parquet",
    );
    await expect(compressTo(join(folder, "a.npy"), stream(0, 1), settings)).rejects.toThrow("at least one batch");
  });
});
