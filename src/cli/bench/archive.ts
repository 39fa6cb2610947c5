import { spawn } from "node:child_process";
import { link, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usableCores } from "../../compress/threads/cores";
import { packageFolder } from "../../core/paths";
import { ProgramFailed } from "../setup/run";
import { type Benchmark, type Row, median } from "./benchmark";
import { syntheticJpeg } from "./synthetic";
import type { Usage } from "./usage";

const usual = 100_000;
const rounds = 3;
const distinct = 10_000; // more than a row group has rows, so that none holds a row twice
const level = 2;
const grids = [3, 19];

interface Round {
  readonly decode: Usage;
  readonly write: Usage;
  readonly command: Usage;
}

/** Synthetic images through the command line to Parquet files, beside decoding them alone and writing their rows alone. */
export const archive: Benchmark = {
  summary: "many files through the command line to Parquet, beside decoding and writing alone; --images says how many",
  async *run(_, { images = usual } = {}): AsyncGenerator<Row> {
    const folder = await mkdtemp(join(tmpdir(), "deepfixcx-bench-"));
    try {
      for (const count of [Math.ceil(images / 10), images]) await writeScans(folder, count);
      for (const grid of grids) {
        const few = await measure(folder, Math.ceil(images / 10), grid);
        yield few.row;
        const many = await measure(folder, images, grid);
        yield { ...many.row, timesTimeOfATenth: Number((many.seconds / few.seconds).toPrecision(3)) };
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function measure(folder: string, count: number, grid: number): Promise<{ row: Row; seconds: number }> {
  const all: Round[] = [];
  for (let turn = 0; turn < rounds; turn++) all.push(await round(folder, count, grid));
  const middle = (value: (one: Round) => number, digits = 3): number =>
    Number(median(all.map(value)).toPrecision(digits));
  const seconds = middle(({ command }) => command.seconds, 6);
  const row = {
    setting: `J=${level} P=${grid}`,
    images: count,
    threads: usableCores(),
    imagesPerSecond: Math.round(count / seconds),
    decodeSeconds: middle(({ decode }) => decode.seconds),
    writeSeconds: middle(({ write }) => write.seconds),
    commandSeconds: Number(seconds.toPrecision(3)),
    decodeCpu: middle(({ decode }) => decode.cpuSeconds),
    writeCpu: middle(({ write }) => write.cpuSeconds),
    commandCpu: middle(({ command }) => command.cpuSeconds),
    shareOfDecodeRate: middle(({ decode, command }) => decode.seconds / command.seconds),
    shareOfDecodeAndWriteRate: middle(
      ({ decode, write, command }) => (decode.seconds + write.seconds) / command.seconds,
    ),
    decodeShareOfCpu: middle(({ decode, command }) => decode.cpuSeconds / command.cpuSeconds),
    decodeAndWriteShareOfCpu: middle(
      ({ decode, write, command }) => (decode.cpuSeconds + write.cpuSeconds) / command.cpuSeconds,
    ),
    memoryMB: Math.max(...all.map(({ command }) => command.megabytes)),
  };
  return { row, seconds };
}

async function round(folder: string, count: number, grid: number): Promise<Round> {
  const [scans, out, rewritten] = [join(folder, String(count)), join(folder, "out"), join(folder, "rewritten")];
  const program = (...path: readonly string[]): string => join(packageFolder, "dist", "cli", ...path);
  const settings = ["--level", String(level), "--patch-grid", String(grid)];
  const decode = await usageOf([program("bench", "decodeProcess.js"), scans]);
  const command = await usageOf([program("main.js"), "compress", scans, ...settings, "--out", out]);
  await mkdir(rewritten);
  const write = await usageOf([program("bench", "writeProcess.js"), out, rewritten]);
  for (const place of [out, rewritten]) await rm(place, { recursive: true });
  return { decode, write, command };
}

/** In a process of its own, so that its time and memory are those of nothing else. */
function usageOf(words: readonly string[]): Promise<Usage> {
  const preload = join(packageFolder, "dist", "cli", "bench", "usage.js");
  const child = spawn(process.execPath, ["--require", preload, ...words], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let [complaint, told] = ["", ""];
  child.stdio[2]?.on("data", (text: Buffer) => (complaint += text.toString()));
  child.stdio[3]?.on("data", (text: Buffer) => (told += text.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => {
      if (code === 0) resolve(JSON.parse(told) as Usage);
      else reject(new ProgramFailed(`${words.join(" ")} ended with ${code}: ${complaint.trim()}`));
    });
  });
}

/** Different pictures, each under several names where there are more. */
async function writeScans(folder: string, count: number): Promise<void> {
  const place = join(folder, String(count));
  await mkdir(place);
  const name = (at: number): string => join(place, `${String(at).padStart(7, "0")}.jpg`);
  for (let at = 0; at < count; at++) {
    if (at < distinct) await writeFile(name(at), await syntheticJpeg(at));
    else await link(name(at % distinct), name(at));
  }
}
