import { fork, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sharp } from "../../src/core/packages";
import { packageFolder } from "../../src/core/paths";
import { Random } from "../../src/core/random";
import { embeddings } from "../../src/data/embeddings";
import { loadNpy, parseNpyHeader } from "../../src/data/npy";
import { scratchFolder, writeGrey } from "./pictures";

const folder = await scratchFolder();
const at = (...parts: string[]) => join(folder, ...parts);
const full = process.env["DEEPFIXCX_TEST_FULL"] === "1";
// Rows of 4^2 * 64 * 64 numbers, 262 kB: thirty of them make a piece, and a piece a line of the journal.
const settings = ["--level", "2", "--patch-grid", "64", "--workers", "2"];
const images = full ? 2000 : 300;

/** Runs the command line in a process of its own, which is killed once it is time. */
function deepfixcx(words: readonly string[], isTime?: () => boolean): Promise<{ code: number | null; said: string }> {
  const child: ChildProcess = fork(join(packageFolder, "dist", "cli", "main.js"), words, { silent: true });
  const timer = isTime === undefined ? undefined : setInterval(() => isTime() && child.kill("SIGKILL"), 2);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text: Buffer) => (said += text.toString()));
  return new Promise((resolve) =>
    child.on("close", (code) => {
      clearInterval(timer);
      resolve({ code, said });
    }),
  );
}

async function scans(): Promise<string> {
  const place = at("scans");
  if (existsSync(place)) return place;
  for (let image = 0; image < images; image++) await writeGrey(join(place, `${image}.png`), 256, 256, image);
  await writeFile(join(place, "5-broken.png"), "no image");
  await writeFile(join(place, "99999.png"), "");
  return place;
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** SHA-256 of every row, sorted by id. */
async function sortedTable(path: string): Promise<string> {
  const stored = await embeddings.open(path);
  const [source, sha256] = [await stored.column("source"), await stored.column("sha256")];
  const rows: string[] = [];
  for await (const { ids, values } of stored) {
    const size = values.length / ids.length;
    ids.forEach((id, row) => {
      const digest = createHash("sha256").update(
        new Uint8Array(values.buffer, 4 * (values.byteOffset / 4 + row * size), 4 * size),
      );
      rows.push(`${id} ${source[id]} ${sha256[id]} ${digest.digest("hex")}`);
    });
  }
  return createHash("sha256").update(rows.sort().join("\n")).digest("hex");
}

describe("compress to an archive", () => {
  it.each(["killed.parquet", "killed-shards", "killed.npy"])(
    "killed at random moments and run again, %s has every row once, to the byte",
    { timeout: 1_200_000 },
    async (name) => {
      const [input, whole, out] = [await scans(), at(`whole-${name}`), at(name)];
      const started = performance.now();
      const undisturbed = await deepfixcx(["compress", input, ...settings, "--out", whole]);
      const tookMs = performance.now() - started;
      expect(undisturbed).toMatchObject({ code: 3 });
      const random = new Random(7);
      const journal = name === "killed-shards" ? join(out, "_journal.jsonl") : at(`.${name}.journal`);
      let [kills, amidRows] = [0, 0];
      for (const most = full ? 20 : 6; kills < most || amidRows < 1;) {
        const end = performance.now() + random.uniform() * tookMs;
        const { code } = await deepfixcx(
          ["compress", input, ...settings, "--out", out],
          () => performance.now() >= end,
        );
        if (code === null) kills++;
        else await rm(out, { recursive: true }); // it was done before: begin another
        if (textOf(journal).includes('"rows"')) amidRows++;
      }
      expect(await deepfixcx(["compress", input, ...settings, "--out", out])).toMatchObject({ code: 3 });
      const rejected = readFileSync(`${out}.rejected.csv`, "utf8");
      expect(rejected).toBe(readFileSync(`${whole}.rejected.csv`, "utf8"));
      expect(rejected.split("\n").length).toBe(4);
      if (name.endsWith(".npy")) {
        for (const part of ["", ".ids.csv", ".json"]) {
          expect(readFileSync(`${out}${part}`).equals(readFileSync(`${whole}${part}`))).toBe(true);
        }
        expect((await loadNpy(out)).ids.length).toBe(images);
      } else {
        expect(await sortedTable(out)).toBe(await sortedTable(whole));
        expect((await embeddings.open(out)).count).toBe(images);
      }
      expect(readdirSync(folder).filter((file) => file.startsWith(".") || file.includes("partial"))).toEqual([]);
    },
  );

  it.each(["large.parquet", "large.npy", "large"])(
    "where %s cannot grow further, says so, keeps what is written readable, and goes on when there is room",
    { timeout: 300_000 },
    async (name) => {
      const random = new Random(3);
      const noise = (): Uint8Array => Uint8Array.from({ length: 256 * 256 }, () => 256 * random.uniform());
      const raw = { width: 256, height: 256, channels: 1 } as const;
      await mkdir(at("noise"), { recursive: true });
      for (let image = 0; image < 75; image++) {
        await sharp()(noise(), { raw })
          .toColourspace("b-w")
          .toFile(at("noise", `${image}.png`));
      }
      const words = ["compress", at("noise"), ...settings, "--out", at(name)];
      // A limit of the size of files stands for a full disk: 12 MB, where a piece is 8 MB and all of them are 20.
      const program = join(packageFolder, "dist", "cli", "main.js");
      const limited = spawnSync("bash", ["-c", 'ulimit -f 12000; exec node "$@"', "bash", program, ...words]);
      expect(limited.stderr.toString()).toMatch(
        /an output that can be written, got a file larger than the system allows/,
      );
      expect(limited.status).toBe(1);
      const draft = name === "large" ? at(name, ".part-00000.parquet.partial") : at(`.${name}.partial`);
      if (name === "large.npy") expect(parseNpyHeader(draft, readFileSync(draft).subarray(0, 4096)).shape[0]).toBe(30);
      else expect((await (await embeddings.open(draft)).read()).ids.length).toBe(30);
      const { code, said } = await deepfixcx(words);
      expect(code).toBe(0);
      expect(said).toContain("30 files were done before");
      const ids = name === "large.npy" ? (await loadNpy(at(name))).ids : await (await embeddings.open(at(name))).ids();
      expect(new Set(ids).size).toBe(75);
    },
  );

  it("says that a folder is complete, and refuses to go on with other settings or inputs", async () => {
    const [input, out] = [at("few"), at("again")];
    for (const image of [1, 2, 3]) await writeGrey(join(input, `${image}.png`), 16, 16, image);
    const words = ["compress", input, "--level", "1", "--patch-grid", "2", "--out", out];
    expect((await deepfixcx(words)).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(["_journal.jsonl", "part-00000.parquet"]);
    const { code, said } = await deepfixcx(words);
    expect(code).toBe(0);
    expect(said).toContain("3 files were done before");
    const other = await deepfixcx([...words, "--wavelet", "db2"]);
    expect(other.code).toBe(1);
    expect(other.said).toMatch(/inputs and settings with which this output was begun.*--no-resume/);
    expect((await deepfixcx([...words, "--wavelet", "db2", "--no-resume"])).code).toBe(0);
    expect((await embeddings.open(out)).settings.wavelet).toBe("db2");
  });

  it("does not call a folder complete, nor go on with a file, whose sources changed, until told to start over", async () => {
    const input = at("changing");
    for (const image of [1, 2, 3]) await writeGrey(join(input, `${image}.png`), 16, 16, image);
    const words = ["compress", input, "--level", "1", "--patch-grid", "2", "--out"];
    expect((await deepfixcx([...words, at("changed")])).code).toBe(0);
    // As a kill before the end leaves it, after the first rows.
    const lines = textOf(at("changed", "_journal.jsonl")).split("\n").slice(0, 3);
    expect(lines[2]).toContain('"rows"');
    await writeFile(at(".changed.parquet.journal"), `${lines.join("\n")}\n`);
    await writeFile(at(".changed.parquet.partial"), readFileSync(at("changed", "part-00000.parquet")));
    const old = await (await embeddings.open(at("changed"))).column("sha256");
    const { size } = statSync(join(input, "2.png"));
    await writeGrey(join(input, "2.png"), 16, 16, 4);
    expect(statSync(join(input, "2.png")).size).toBe(size); // so that the time alone tells
    for (const name of ["changed", "changed.parquet"]) {
      const { code, said } = await deepfixcx([...words, at(name)]);
      expect(code).toBe(1);
      expect(said).toMatch(
        /the input files as they were when this output was begun, got .*; start over with --no-resume/,
      );
      expect((await deepfixcx([...words, at(name), "--no-resume"])).code).toBe(0);
      const sha256 = await (await embeddings.open(at(name))).column("sha256");
      expect(Object.keys(old).filter((id) => sha256[id] !== old[id])).toEqual(["2.png"]);
    }
  });

  it.each(["late", "late.parquet", "late.npy"])(
    "leaves nothing of %s where images differ or none can be used, and lets other options follow",
    async (name) => {
      const odd = at("odd");
      for (let image = 10; image < 90; image++) await writeGrey(join(odd, `${image}.png`), 256, image < 80 ? 256 : 260);
      const run = (input: string, ...more: string[]) =>
        deepfixcx(["compress", input, ...settings, ...more, "--out", at(name)]);
      const left = (): string[] => readdirSync(folder).filter((file) => file.startsWith("."));
      await writeFile(at("none.png"), "no image");
      for (const [input, said] of [
        [odd, /images of one size/],
        [at("none.png"), /at least one image/],
      ] as const) {
        expect(await run(input)).toMatchObject({ code: 1, said: expect.stringMatching(said) as string });
        expect(left()).toEqual([]);
        if (name === "late") expect(readdirSync(at(name))).toEqual([]);
      }
      expect((await run(odd, "--size", "256")).code).toBe(0);
    },
  );

  it("writes a file that is complete anew, and says so", async () => {
    const words = ["compress", at("few"), "--level", "1", "--patch-grid", "2", "--out", at("twice.parquet")];
    expect((await deepfixcx(words)).said).not.toContain("was there before");
    await writeGrey(at("few", "4.png"), 16, 16, 4);
    const { code, said } = await deepfixcx(words);
    expect(code).toBe(0);
    expect(said).toContain("twice.parquet was there before, and was written anew");
    expect(await (await embeddings.open(at("twice.parquet"))).ids()).toEqual(["1.png", "2.png", "3.png", "4.png"]);
    await rm(at("few", "4.png"));
  });

  it("does not call a folder complete whose parts are gone or were cut short", async () => {
    const [input, out] = [at("few"), at("parts")];
    const words = ["compress", input, "--level", "1", "--patch-grid", "2", "--out", out];
    expect((await deepfixcx(words)).code).toBe(0);
    const part = join(out, "part-00000.parquet");
    truncateSync(part, 100);
    const cut = await deepfixcx(words);
    expect(cut.code).toBe(1);
    expect(cut.said).toMatch(/part-00000\.parquet: what was written before, got 100 bytes of \d+; .*--no-resume/);
    await rm(part);
    expect((await deepfixcx(words)).said).toMatch(/what was written before, got nothing; start over/);
    expect((await deepfixcx([...words, "--no-resume"])).code).toBe(0);
    expect((await embeddings.open(out)).count).toBe(3);
  });

  it("starts over with --no-resume where the journal is damaged, and only then", async () => {
    for (const name of ["damaged", "damaged.parquet"]) {
      const out = at(name);
      const words = ["compress", at("few"), "--level", "1", "--patch-grid", "2", "--out", out];
      expect((await deepfixcx(words)).code).toBe(0);
      const journal = name === "damaged" ? join(out, "_journal.jsonl") : at(`.${name}.journal`);
      await appendFile(journal, `{"kind":"key","key":"begun"}\n${"\0".repeat(20)}\n`); // as a power cut may leave it
      const { code, said } = await deepfixcx(words);
      expect(code).toBe(1);
      expect(said).toMatch(/a journal of its own, got a damaged one; start over with --no-resume/);
      expect((await deepfixcx([...words, "--no-resume"])).code).toBe(0);
      expect((await embeddings.open(out)).count).toBe(3);
    }
  });

  it("gives up the parts of a folder whose journal is empty only with --no-resume", async () => {
    const out = at("emptied");
    const words = ["compress", at("few"), "--level", "1", "--patch-grid", "2", "--out", out];
    expect((await deepfixcx(words)).code).toBe(0);
    await writeFile(join(out, "_journal.jsonl"), "");
    expect((await deepfixcx(words)).said).toContain("an empty folder, or one that this command began");
    expect((await deepfixcx([...words, "--no-resume"])).code).toBe(0);
    expect((await embeddings.open(out)).count).toBe(3);
  });

  it.each(["unfinished", "unfinished.parquet"])(
    "notices that the last part of %s is gone or was cut short before it came to its place",
    async (name) => {
      const out = at(name);
      const words = ["compress", at("few"), "--level", "1", "--patch-grid", "2", "--out", out];
      const whole = at("finished");
      expect((await deepfixcx([...words.slice(0, -1), whole])).code).toBe(0);
      // As a kill just before the end leaves it: all rows are in a draft.
      const isFolder = name === "unfinished";
      if (isFolder) await mkdir(out);
      const draft = isFolder ? join(out, ".part-00000.parquet.partial") : at(`.${name}.partial`);
      const journal = isFolder ? join(out, "_journal.jsonl") : at(`.${name}.journal`);
      const part = readFileSync(join(whole, "part-00000.parquet"));
      const lines = textOf(join(whole, "_journal.jsonl")).split("\n");
      await writeFile(journal, lines.filter((line) => !line.includes('"complete"')).join("\n"));
      expect(textOf(journal)).toContain('"last"');
      await writeFile(draft, part.subarray(0, 100));
      expect((await deepfixcx(words)).said).toMatch(/what was written before, got 100 bytes of \d+ in .*--no-resume/);
      await rm(draft);
      expect((await deepfixcx(words)).said).toMatch(/what was written before, got nothing; start over/);
      await writeFile(isFolder ? join(out, "part-00000.parquet") : out, "another");
      expect((await deepfixcx(words)).said).toMatch(/what was written before, got 7 bytes of \d+; start over/);
      await writeFile(draft, part);
      expect((await deepfixcx(words)).code).toBe(0);
      expect((await embeddings.open(out)).count).toBe(3);
    },
  );

  it("leaves a folder alone that holds somebody else's Parquet files", async () => {
    const out = at("others");
    await mkdir(out);
    writeFileSync(join(out, "part-00000.parquet"), "mine");
    const words = ["compress", at("few"), "--level", "1", "--patch-grid", "2", "--out", out, "--no-resume"];
    const { code, said } = await deepfixcx(words);
    expect(code).toBe(1);
    expect(said).toContain("an empty folder, or one that this command began");
    expect(readFileSync(join(out, "part-00000.parquet"), "utf8")).toBe("mine");
  });

  it("refuses an output that another process is at work on, until that one has ended", async () => {
    const [input, out] = [await scans(), at("busy.parquet")];
    const words = ["compress", input, ...settings, "--out", out];
    const first = fork(join(packageFolder, "dist", "cli", "main.js"), words, { silent: true });
    const ended = new Promise((resolve) => first.on("close", resolve));
    while (!textOf(at(".busy.parquet.journal")).includes('"run"'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    first.kill("SIGSTOP");
    for (const more of [[], ["--no-resume"]]) {
      const { code, said } = await deepfixcx([...words, ...more]);
      expect(code).toBe(1);
      expect(said).toContain(`an output that no other process writes, got process ${first.pid} at work on it`);
    }
    first.kill("SIGKILL");
    await ended;
    expect((await deepfixcx(words)).code).toBe(3);
    expect((await embeddings.open(out)).count).toBe(images);
  });

  it("refuses an output that another process is about to begin; what a killed one left is taken over", async () => {
    const other = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"]);
    const ended = new Promise((resolve) => other.on("close", resolve));
    const stat = readFileSync(`/proc/${other.pid}/stat`, "latin1");
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const claim = JSON.stringify({ host: hostname(), pid: other.pid, start });
    await mkdir(at("claimed"));
    const places = { "claimed.npy": at(".claimed.npy.claim"), claimed: at("claimed", "_claim") };
    const words = ["compress", at("few"), "--level", "1", "--patch-grid", "2", "--out"];
    for (const [name, file] of Object.entries(places)) {
      await writeFile(file, claim);
      const { code, said } = await deepfixcx([...words, at(name)]);
      expect(code).toBe(1);
      expect(said).toContain(`an output that no other process writes, got process ${other.pid} at work on it`);
      expect(textOf(file)).toBe(claim);
    }
    other.kill("SIGKILL");
    await ended;
    for (const [name, file] of Object.entries(places)) {
      expect((await deepfixcx([...words, at(name)])).code).toBe(0);
      expect(existsSync(file)).toBe(false);
    }
  });

  it("keeps processes apart that start at once", { timeout: 60_000 }, async () => {
    const words = ["compress", await scans(), ...settings, "--out", at("at-once.parquet")];
    const ends = await Promise.all([1, 2, 3].map(() => deepfixcx(words)));
    expect(ends.map(({ code }) => code)).toContain(3);
    for (const { code, said } of ends) if (code !== 3) expect(said).toContain("an output that no other process writes");
    expect((await embeddings.open(at("at-once.parquet"))).count).toBe(images);
  });

  it("overlooks a line of the journal that was broken off, and refuses a draft shorter than the journal says", async () => {
    const [input, out] = [await scans(), at("torn.parquet")];
    const words = ["compress", input, ...settings, "--out", out];
    const journal = at(".torn.parquet.journal");
    const rows = (): number => textOf(journal).split('"kind":"rows"').length - 1;
    while (rows() < 2) await deepfixcx(words, () => rows() >= 2); // again, where it was done before
    await appendFile(journal, '{"kind":"rows","ne');
    truncateSync(at(".torn.parquet.partial"), 1000);
    const { code, said } = await deepfixcx(words);
    expect(code).toBe(1);
    expect(said).toMatch(/torn\.parquet: .*--no-resume/);
    expect((await deepfixcx([...words, "--no-resume"])).code).toBe(3);
    expect((await embeddings.open(out)).count).toBe(images);
  });
});
