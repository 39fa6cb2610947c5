import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths";
import { embeddings } from "../../src/data/embeddings";
import { dicomFile } from "./dicomFile";
import { scratchFolder, writeGrey } from "./pictures";

const folder = await scratchFolder();
const at = (...parts: string[]) => join(folder, ...parts);
const python = join(packageFolder, ".venv", "bin", "python");
const spark = join(packageFolder, "data-scripts", "spark");
const settings = ["--level", "2", "--patch-grid", "5"];
const isPossible = existsSync(python) && spawnSync("java", ["-version"]).status === 0;
const [files, frames] = [240, 3];
const images = files + frames;

/** The processes that a process has started, and those that they have, with the words they were started with. */
function descendants(root: number): readonly { readonly pid: number; readonly words: string }[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const stat = textOf(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (pid: number): number[] => (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(root).map((pid) => ({ pid, words: textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ") }));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // it has ended meanwhile
  }
}

/** Runs the script, and kills the first processes that are found for each of some words, one of each. */
async function onSpark(
  words: readonly string[],
  kills: readonly RegExp[],
): Promise<{ code: number | null; killed: number }> {
  const child = spawn(python, [join(spark, "compress.py"), ...words], { stdio: ["ignore", "inherit", "inherit"] });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  let [code, killed]: [number | null | undefined, number] = [undefined, 0];
  void ended.then((value) => (code = value));
  for (const victim of kills) {
    for (let found = false; !found && code === undefined;) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const all = descendants(child.pid as number);
      // Only once embedding has begun, of which a node process with --like tells.
      const isEmbedding = all.some((one) => /worker .*--like/.test(one.words) && !one.words.includes("--facts"));
      const one = isEmbedding ? all.find((candidate) => victim.test(candidate.words)) : undefined;
      if (one === undefined) continue;
      process.kill(one.pid, "SIGKILL");
      [found, killed] = [true, killed + 1];
    }
  }
  return { code: await ended, killed };
}

describe.skipIf(!isPossible)("compressing on Spark (skipped without Java and .venv)", () => {
  beforeAll(async () => {
    const installed = spawnSync(python, ["-c", "import pyspark, pyarrow, pandas"]).status === 0;
    if (!installed) {
      const words = ["-m", "pip", "install", "--quiet", "-r", join(spark, "requirements.txt")];
      expect(spawnSync(python, words, { stdio: "inherit" }).status).toBe(0);
    }
    for (let image = 0; image < files; image++) await writeGrey(at("scans", `${image}.png`), 64, 64, image);
    await writeFile(at("scans", "bad.png"), "no image");
    await writeFile(at("scans", "empty.png"), "");
    await writeGrey(at("scans", "other.png"), 64, 66);
    const pixels = Uint8Array.from({ length: frames * 64 * 64 }, (_, place) => (place * 5) % 251);
    const many = dicomFile({ rows: 64, cols: 64, pixels, elements: { "00280008": ["IS", String(frames)] } });
    await writeFile(at("scans", "many"), many); // known by how it begins
  }, 600_000);

  it(
    "gives the command line's rows, each once, though a node process and an executor are killed",
    { timeout: 900_000 },
    async () => {
      const list = ["id,file,finding,code,words"];
      for (const name of readdirSync(at("scans")))
        if (name === "7.png")
          list.push(`,./scans//${name},1,007,none`); // called scans/7.png
        else if (name !== "other.png") list.push(`${name},scans/${name},${name.length},00${name.length}, "a ""b"", c"`);
      await writeFile(at("list.csv"), `${list.join("\n")}\n`);
      const carried = "finding,code,words";
      const words = ["compress", at("list.csv"), ...settings, "--columns", carried, "--out", at("alone.parquet")];
      expect(spawnSync("node", [join(packageFolder, "dist/cli/main.js"), ...words]).status).toBe(3);
      const ours = [at("list.csv"), "--out", at("spark"), "--columns", carried, "--master", "local-cluster[2,1,1024]"];
      const kills = [/worker .*--like/, /CoarseGrainedExecutorBackend/];
      expect(await onSpark([...ours, "--", ...settings], kills)).toEqual({ code: 3, killed: 2 });

      const [theirs, alone] = [await embeddings.open(at("spark")), await embeddings.open(at("alone.parquet"))];
      expect([...(await theirs.ids())].sort()).toEqual([...(await alone.ids()), "bad.png", "empty.png"].sort());
      const ids = await alone.ids();
      expect(ids.length).toBe(images);
      expect(ids.filter((id) => id.startsWith("many"))).toEqual(["many#0", "many#1", "many#2"]);
      for (const name of carried.split(",")) {
        expect(await theirs.column(name)).toMatchObject(await alone.column(name));
      }
      expect(Object.values(await alone.column("code"))).toContain("005");
      expect(await theirs.read(ids)).toEqual(await alone.read());
      for (const name of ["source", "sha256", "decoder"]) {
        expect(await theirs.column(name)).toEqual({
          ...(await alone.column(name)),
          "bad.png": name === "source" ? at("scans", "bad.png") : null,
          "empty.png": name === "source" ? at("scans", "empty.png") : null,
        });
      }
      const errors = Object.entries(await theirs.column("error")).filter(([, error]) => error !== null);
      const rejected: string[][] = parse(readFileSync(at("alone.parquet.rejected.csv")));
      expect(errors.sort()).toEqual(rejected.slice(1).sort());
    },
  );

  it(
    "runs with one command on two local threads, and refuses an image unlike the first as a row",
    { timeout: 900_000 },
    async () => {
      expect(await onSpark([at("scans"), "--out", at("local"), "--", ...settings], [/worker .*--like/])).toEqual({
        code: 3,
        killed: 1,
      });
      const stored = await embeddings.open(at("local"));
      expect((await stored.ids()).length).toBe(images + 3);
      expect((await stored.read()).ids.length).toBe(images);
      expect((await stored.column("error"))["other.png"]).toMatch(/images of one size .*got 64x66/);
    },
  );
});
