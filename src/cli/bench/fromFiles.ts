import { fork } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usableCores } from "../../compress/threads/cores";
import { sharp } from "../../core/packages";
import { packageFolder } from "../../core/paths";
import { findImageFiles } from "../../data/imageFiles";
import { ProgramFailed } from "../setup/run";
import { type Row, median } from "./benchmark";
import type { Compressed } from "./compressProcess";
import { syntheticJpeg } from "./synthetic";

const rounds = 5;
const repeated = 10_000;
const bySharp = 1_000; // sharp is slow, and every file takes it as long

interface Case {
  readonly format: "jpeg, grey" | "png, grey" | "png, rgb";
  readonly files: readonly string[];
}

/** From image files at (2, 19), beside merely decoding them with our decoders, on as many threads, and with sharp. */
export async function* compressingFiles(): AsyncGenerator<Row> {
  const folder = await mkdtemp(join(tmpdir(), "deepfixcx-bench-"));
  try {
    const { files, source } = await jpegs(folder);
    const cases: readonly Case[] = [
      { format: "jpeg, grey", files },
      { format: "png, grey", files: await converted(files, folder, 1) },
      { format: "png, rgb", files: await converted(files, folder, 3) },
    ];
    for (const one of cases) yield await row(one, source);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function row({ format, files }: Case, source: string): Promise<Row> {
  const many = Array.from({ length: repeated }, (_, at) => files[at % files.length] as string);
  const [ours, decoding, theirs]: [Compressed[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    theirs.push(await inProcess<number>("sharpProcess", many.slice(0, bySharp)));
    decoding.push(await inProcess<number>("decodeManyProcess", many));
    ours.push(await inProcess<Compressed>("compressProcess", many));
  }
  const rate = median(ours.map(({ imagesPerSecond }) => imagesPerSecond));
  const [alone, peer] = [median(decoding), median(theirs)];
  return {
    from: format,
    files: source,
    threads: usableCores(),
    imagesPerSecond: Math.round(rate),
    decodeAlone: Math.round(alone),
    shareOfDecodeAlone: Number((rate / alone).toPrecision(3)),
    sharp: Math.round(peer),
    timesSharp: Number((rate / peer).toPrecision(3)),
    memoryMB: Math.max(...ours.map(({ megabytes }) => megabytes)),
  };
}

/** In a process of its own, so that its memory is that of nothing else, and nothing is compiled before. */
function inProcess<Answer>(script: string, files: readonly string[]): Promise<Answer> {
  const child = fork(join(packageFolder, "dist", "cli", "bench", `${script}.js`));
  child.send(files);
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as Answer)).once("error", reject);
    child.once("close", (code, signal) => reject(new ProgramFailed(`${script} ended with ${code ?? signal}`)));
  });
}

/** The X-rays of the test data where they are, else synthetic files. */
async function jpegs(folder: string): Promise<{ readonly files: readonly string[]; readonly source: string }> {
  const data = process.env["DEEPFIXCX_TEST_DATA"];
  if (data !== undefined && (await readdir(data)).includes("images")) {
    return { files: (await findImageFiles(join(data, "images"))).map(({ file }) => file), source: "X-rays" };
  }
  const files = Array.from({ length: 100 }, (_, at) => join(folder, `${at}.jpg`));
  for (const [at, file] of files.entries()) await writeFile(file, await syntheticJpeg(at));
  return { files, source: "synthetic" };
}

/** The same pictures as PNG; in colour the three channels are shifted against each other. */
async function converted(files: readonly string[], folder: string, channels: 1 | 3): Promise<readonly string[]> {
  const some = files.slice(0, 200);
  return Promise.all(
    some.map(async (file, at) => {
      const target = join(folder, `${at}-${channels}.png`);
      const { data, info } = await sharp()(file).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
      const pixels = Uint8Array.from({ length: channels * data.length }, (_, place) => {
        const from = Math.floor(place / channels) + 3 * (place % channels);
        return data[Math.min(from, data.length - 1)] as number;
      });
      const raw = { width: info.width, height: info.height, channels };
      await sharp()(pixels, { raw })
        .toColourspace(channels === 1 ? "b-w" : "srgb")
        .png()
        .toFile(target);
      return target;
    }),
  );
}
