import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { compressCommand } from "../../src/cli/compress";
import { privatizeCommand } from "../../src/cli/privatize";
import { compress } from "../../src/compress/compress";
import { DataError } from "../../src/core/errors";
import { versions } from "../../src/core/packages";
import { embeddings } from "../../src/data/embeddings";
import { loadNpy } from "../../src/data/npy";
import { readImages } from "../../src/data/readImages";
import { readSettings } from "../../src/data/readSettings";
import { scratchFolder, writeColour, writeDeep, writeGrey, writeHugeHeader } from "../data/pictures";
import { zipOf } from "../data/zipFile";

const folder = await scratchFolder();
const at = (...parts: string[]) => join(folder, ...parts);
const settings = ["--level", "2", "--patch-grid", "2x3"];

async function type(command: Command, ...words: string[]): Promise<{ said: string; complained: string }> {
  const [log, error] = [vi.spyOn(console, "log"), vi.spyOn(console, "error")];
  log.mockImplementation(() => undefined);
  error.mockImplementation(() => undefined);
  await command
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parseAsync(words, { from: "user" });
  const text = (spy: typeof log): string => spy.mock.calls.map((call) => call.join(" ")).join("\n");
  return { said: text(log), complained: text(error) };
}

beforeEach(async () => {
  process.exitCode = 0;
  if (existsSync(at("scans"))) return;
  await writeGrey(at("scans", "a.png"), 16, 24);
  await writeGrey(at("scans", "sub", "b.png"), 16, 24, 5);
});
afterEach(() => {
  process.exitCode = 0;
  vi.restoreAllMocks();
});

describe("compress command", () => {
  it("writes what compress gives, with ids and settings beside it", async () => {
    const words = [at("scans"), ...settings, "--wavelet", "db2", "--pooling", "l1,max", "--out", at("out.npy")];
    const { said } = await type(compressCommand(), ...words);
    const expected = await compress(await readImages(at("scans")), {
      level: 2,
      patchGrid: [2, 3],
      wavelet: "db2",
      pooling: ["l1", "max"],
    });
    expect(await loadNpy(at("out.npy"))).toEqual(expected);
    expect(said).toContain("2 images, float32 [2, 1, 16, 2, 3, 2]");
    expect(process.exitCode).toBe(0);
    expect(existsSync(at("out.npy.rejected.csv"))).toBe(false);
  });

  it("writes the same to a Parquet file", async () => {
    const words = [at("scans"), ...settings, "--wavelet", "db2", "--pooling", "l1,max", "--out", at("out.parquet")];
    await type(compressCommand(), ...words);
    expect(await (await embeddings.open(at("out.parquet"))).read()).toEqual(await loadNpy(at("out.npy")));
  });

  it("sets bad inputs aside, lists them with reasons, does the others and exits with 3", async () => {
    await writeGrey(at("mixed", "good.png"), 16, 16);
    await writeGrey(at("mixed", "tiny.png"), 2, 2);
    await writeFile(at("mixed", "text.png"), "words");
    await writeFile(at("mixed", "zero.jpg"), "");
    await writeHugeHeader(at("mixed", "huge.png"), 20000);
    await mkdir(at("result"));
    await writeFile(at("result", "rejected.csv"), "somebody else's");
    const { complained } = await type(compressCommand(), at("mixed"), ...settings, "--out", at("result", "x.npy"));
    expect(process.exitCode).toBe(3);
    expect((await loadNpy(at("result", "x.npy"))).ids).toEqual(["good.png"]);
    const list = await readFile(at("result", "x.npy.rejected.csv"), "utf8");
    expect(list.split("\n")[0]).toBe("file,reason");
    expect(list).toMatch(/huge\.png,.*20000x20000.*--pixel-limit 400000000/);
    expect(list).toMatch(/tiny\.png,"sides of at least 4, got 2x2/);
    expect(list).toMatch(/text\.png,.*no image/);
    expect(list).toMatch(/zero\.jpg,.*no image/);
    expect(complained).toContain("4 rejected, listed in");
    expect(complained).toContain(at("mixed", "text.png"));
    // A later run without rejects does not leave the old list standing.
    await type(compressCommand(), at("mixed", "good.png"), ...settings, "--out", at("result", "x.npy"));
    expect(existsSync(at("result", "x.npy.rejected.csv"))).toBe(false);
    expect(await readFile(at("result", "rejected.csv"), "utf8")).toBe("somebody else's");
  });

  it("leaves a file that only bears the name of the list of rejects", async () => {
    await writeFile(at("own.npy.rejected.csv"), "mine\n");
    await type(compressCommand(), at("scans"), ...settings, "--out", at("own.npy"));
    expect(await readFile(at("own.npy.rejected.csv"), "utf8")).toBe("mine\n");
  });

  it("tells every reason where nothing can be used", async () => {
    await mkdir(at("useless"));
    for (const name of ["a.png", "b.png"]) await writeFile(at("useless", name), "words");
    await writeGrey(at("useless", "c.png"), 2, 2);
    const told = vi.spyOn(console, "error");
    const words = [at("useless"), ...settings, "--out", at("useless.npy")];
    await expect(type(compressCommand(), ...words)).rejects.toThrow(/3 that cannot, the first .*a\.png: .*no image/);
    expect(told.mock.calls.map(([line]) => String(line))).toEqual([
      expect.stringMatching(/rejected .*a\.png \(and 1 more\): .*no image/),
      expect.stringMatching(/rejected .*c\.png: sides of at least 4, got 2x2/),
    ]);
    // One reason for all is in the error.
    told.mockClear();
    const deep = [at("scans"), "--level", "12", "--patch-grid", "1", "--out", at("useless.npy")];
    await expect(type(compressCommand(), ...deep)).rejects.toThrow(
      /2 that cannot, .* at least 4096, got 16x24; .*lower/,
    );
    expect(told.mock.calls.filter(([line]) => String(line).startsWith("rejected"))).toEqual([]);
    expect(existsSync(at("useless.npy"))).toBe(false);
  });

  it("says what it would write on a dry run, and writes nothing", async () => {
    const before = await readdir(folder);
    const { said } = await type(compressCommand(), at("scans"), ...settings, "--dry-run", "--out", at("dry.npy"));
    expect(said).toContain("float32 [2, 1, 16, 2, 3, 1]");
    expect(said).toContain("in-memory ratio: 25.000 %");
    expect(await readdir(folder)).toEqual(before);
    expect(process.exitCode).toBe(0);
  });

  it("counts on a dry run only what is usable by its header, lists the others and exits with 3", async () => {
    await writeGrey(at("planned", "a.png"), 16, 24);
    await writeGrey(at("planned", "b.png"), 2, 2);
    await writeFile(at("planned", "c.png"), "words");
    const before = await readdir(folder);
    const words = [at("planned"), ...settings, "--dry-run", "--out", at("dry.npy")];
    const { said, complained } = await type(compressCommand(), ...words);
    expect(said).toContain("3 files: by their headers 1 usable, 2 rejected");
    expect(said).toContain("float32 [1, 1, 16, 2, 3, 1]");
    expect(complained).toMatch(/rejected .*b\.png: sides of at least 4, got 2x2/);
    expect(complained).toMatch(/rejected .*c\.png: .*no image/);
    expect(process.exitCode).toBe(3);
    expect(await readdir(folder)).toEqual(before);
  });

  it("tells on a dry run of all that a run would refuse, and fails as it does", async () => {
    for (const name of ["a", "c", "d"]) await writeGrey(at("unlike", `${name}.png`), 16, 16);
    await writeColour(at("unlike", "b.png"), 16, 16, [9, 8, 7]);
    await writeDeep(at("unlike", "e.png"), 16, 18);
    const run = (...words: string[]) =>
      type(compressCommand(), at("unlike"), ...settings, ...words, "--out", at("unlike.npy"));
    const dry = run("--dry-run");
    await expect(dry).rejects.toThrow(DataError);
    await expect(dry).rejects.toThrow(
      "images of one size, one kind, one depth, got 16x16 (4, as a.png), 16x18 (1, as e.png); " +
        "grey (4, as a.png), colour (1, as b.png); 8 bits (4, as a.png), 16 bits (1, as e.png); say what",
    );
    await expect(dry).rejects.toThrow(/--size ROWSxCOLS.*--grey or --rgb.*--bits 8 or --bits 16/);
    await expect(run()).rejects.toThrow(/b\.png: images of one kind \(that of a\.png is grey\), got colour/);
    await expect(run("--dry-run", "--size", "20x16", "--grey")).rejects.toThrow("images of one depth, got 8 bits");
    const all = ["--size", "20x16", "--rgb", "--bits", "16"];
    const { said } = await run("--dry-run", ...all);
    expect(said).toContain("each is 3x20x16 (channels x rows x columns) of 16 bits");
    expect((await run(...all)).said).toContain("5 images, float32 [5, 3, 16, 2, 3, 1]");
    await expect(run("--dry-run", ...all, "--patch-grid", "6")).rejects.toThrow(/patchGrid at most 5x4/);
  });

  it("looks on a dry run at the output as a run does, and changes nothing there", async () => {
    for (const name of ["a", "b"]) await writeGrey(at("again", `${name}.png`), 16, 16);
    const dry = (out: string, ...words: string[]) =>
      type(compressCommand(), at("again"), ...settings, ...words, "--dry-run", "--out", at(out));
    const all = (): Promise<string[]> => readdir(folder, { recursive: true });
    await type(compressCommand(), at("again"), ...settings, "--out", at("again-shards"));
    await type(compressCommand(), at("again"), ...settings, "--out", at("again.npy"));
    await mkdir(at("foreign"));
    await writeFile(at("foreign", "part-00000.parquet"), "");
    await writeFile(at("a-file"), "");
    const before = await all();
    expect((await dry("not-there")).said).not.toMatch(/done before|anew/);
    expect((await dry("again-shards")).said).toContain("2 files were done before");
    expect((await dry("again.npy")).said).toMatch(/again\.npy is there, and would be written anew/);
    await expect(dry("again-shards", "--wavelet", "db2")).rejects.toThrow(
      /with which this output was begun, got others/,
    );
    await expect(dry("foreign")).rejects.toThrow(/an empty folder, or one that this command began/);
    await expect(dry("a-file")).rejects.toThrow(/an output that can be written/);
    await writeGrey(at("again", "a.png"), 16, 16, 7);
    await expect(dry("again-shards")).rejects.toThrow(/the input files as they were/);
    await dry("again-shards", "--no-resume");
    expect(await all()).toEqual(before);
  });

  it("refuses images of several sizes and names --size, with which they are done", async () => {
    await writeGrey(at("sizes", "a.png"), 16, 16);
    await writeGrey(at("sizes", "b.png"), 16, 18);
    const words = [at("sizes"), ...settings, "--out", at("sizes.npy")];
    await expect(type(compressCommand(), ...words)).rejects.toThrow(/images of one size .*--size ROWSxCOLS/);
    expect(existsSync(at("sizes.npy"))).toBe(false);
    await type(compressCommand(), ...words, "--size", "12x16");
    expect((await loadNpy(at("sizes.npy"))).imageShape).toEqual([1, 12, 16]);
  });

  it("refuses colour among grey until --grey or --rgb chooses", async () => {
    await writeGrey(at("kinds", "a.png"), 16, 16);
    await writeColour(at("kinds", "b.png"), 16, 16, [9, 8, 7]);
    const words = [at("kinds"), ...settings, "--out", at("kinds.npy")];
    await expect(type(compressCommand(), ...words)).rejects.toThrow(/--grey or --rgb/);
    await type(compressCommand(), ...words, "--rgb");
    expect((await loadNpy(at("kinds.npy"))).imageShape).toEqual([3, 16, 16]);
    await expect(type(compressCommand(), ...words, "--rgb", "--grey")).rejects.toThrow(/cannot be used with/);
  });

  it("refuses an output that cannot be written before it reads anything", async () => {
    await mkdir(at("folder.npy"));
    const run = (out: string) => type(compressCommand(), at("nowhere"), ...settings, "--out", out);
    await expect(run(at("folder.npy"))).rejects.toThrow(/folder\.npy: .*a folder stands in its place/);
    await expect(run(at("missing", "x.npy"))).rejects.toThrow(/make the folder first/);
    await expect(run(at("x.csv"))).rejects.toThrow(
      /--out with the ending \.npy or \.parquet, or a folder DIR\/, got .*x\.csv/,
    );
  });

  it("refuses to write into a folder of inputs, or over a list, through links neither", async () => {
    await writeGrey(at("apart", "sub", "a.png"), 16, 16);
    await symlink(at("apart"), at("apart-link"));
    await writeFile(at("apart.csv"), "file\napart/sub/a.png\n");
    const run = (input: string, out: string, ...more: string[]) =>
      type(compressCommand(), input, ...settings, ...more, "--out", out);
    const refusal = /compress: .*: an output apart from the inputs, got input at .*; name another with --out/;
    for (const out of ["apart/", "apart", "apart/sub", "apart-link"])
      await expect(run(at("apart"), at(out))).rejects.toThrow(refusal);
    await expect(run(at("apart"), at("apart/"), "--dry-run")).rejects.toThrow(refusal);
    await expect(run(at("apart.csv"), at("apart", "sub"))).rejects.toThrow(refusal);
    await run(at("apart.csv"), at("apart.parquet"));
    await expect(run(at("apart.parquet"), at("apart.parquet"))).rejects.toThrow(refusal);
    expect(await readdir(at("apart"), { recursive: true })).toEqual(["sub", "sub/a.png"]);
    await run(at("apart"), at("apart", "sub", "x.npy")); // a file beside images is not mistaken for one
    expect((await loadNpy(at("apart", "sub", "x.npy"))).ids).toEqual(["sub/a.png"]);
  });

  it("refuses a patch grid beyond the sub-band, an empty folder, an input twice and a wavelet that there is not", async () => {
    const run = (input: string[], ...words: string[]) =>
      type(compressCommand(), ...input, "--level", "2", ...words, "--out", at("no.npy"));
    await mkdir(at("void"));
    await expect(run([at("scans")], "--patch-grid", "5")).rejects.toThrow(/patchGrid at most 4x6/);
    await expect(run([at("void")], "--patch-grid", "2")).rejects.toThrow(/void: at least one .*got none/);
    await expect(run([at("scans"), at("scans", "a.png")], "--patch-grid", "2")).rejects.toThrow(/"a\.png" twice/);
    await expect(run([at("scans")], "--patch-grid", "2", "--wavelet", "daub")).rejects.toThrow(/wavelet one of haar/);
    await expect(run([at("scans")], "--patch-grid", "2", "--wavelet", "harr")).rejects.toThrow(/did you mean haar\?$/);
    expect(existsSync(at("no.npy"))).toBe(false);
  });

  it.each([
    [["--level", "two", "--patch-grid", "2"], /--level.*a whole number of at least 1 is needed/],
    [["--level", "2", "--patch-grid", "2by3"], /--patch-grid.*ROWSxCOLS/],
    [["--level", "2", "--patch-grid", "0"], /--patch-grid.*'0' is invalid. a whole number of at least 1 is needed/],
    [["--level", "2"], /--patch-grid.*not specified/],
    [["--level", "2", "--patch-grid", "2", "--out", ""], /--out.* the name of a file or folder is needed/],
    [["--level", "2", "--patch-grid", "2", "--pooling", "mean"], /one or more of l1,l2,sum/],
    [["--level", "2", "--patch-grid", "2", "--workers", "100000"], /--workers.* at most \d+ are of use here/],
    [["--level", "2", "--patch-grid", "2", "--bits", "12"], /8 or 16 is needed/],
  ])("refuses %s", async (words, message) => {
    await expect(type(compressCommand(), at("scans"), "--out", at("no.npy"), ...words)).rejects.toThrow(message);
  });
});

describe("privatize command", () => {
  it("writes a PNG for every image, and its settings", async () => {
    await type(privatizeCommand(), at("scans"), ...settings, "--out", at("private"));
    const images = await readImages(at("private"));
    expect(images.ids).toEqual(["a.png", "sub/b.png"]);
    expect(images.shape).toEqual([2, 1, 16, 24]);
    expect(images.pixels).not.toEqual((await readImages(at("scans"))).pixels);
    expect(JSON.parse(await readFile(at("private", "settings.json"), "utf8"))).toEqual({
      version: versions().deepfixcx,
      settings: { level: 2, patchGrid: [2, 3], wavelet: "haar", pooling: ["l1"] },
      read: readSettings({ minSide: 4 }),
      complete: true,
      images: 2,
      others: 0,
    });
    expect(await readdir(at("private"))).toEqual(["a.png", "settings.json", "sub"]);
  });

  it("does images again with the same settings, and refuses a folder of other settings or with other things", async () => {
    const run = (out: string, ...more: string[]) =>
      type(privatizeCommand(), at("scans"), ...settings, ...more, "--out", out);
    await run(at("once"));
    await run(at("once"), "--pixel-limit", "1000000");
    const before = await readFile(at("once", "a.png"));
    const refusal = /once: an empty folder, or one of images with the same settings, got (.*); name another with --out/;
    await expect(run(at("once"), "--wavelet", "db2")).rejects.toThrow(refusal);
    await expect(run(at("once"), "--wavelet", "db2")).rejects.toThrow('got wavelet "haar" there and "db2" now');
    await expect(run(at("once"), "--rgb", "--size", "8")).rejects.toThrow(
      'got size "file" there and [8,8] now, colour "file" there and "rgb" now;',
    );
    await writeFile(at("once", "settings.json"), "null");
    await expect(run(at("once"))).rejects.toThrow(
      /got version unknown there and "[\d.]+" now, level unknown there and 2/,
    );
    expect(await readFile(at("once", "a.png"))).toEqual(before);
    await writeGrey(at("own", "mine.png"), 8, 8);
    await expect(run(at("own"))).rejects.toThrow(/got mine\.png and no settings\.json there/);
    expect(await readdir(at("own"))).toEqual(["mine.png"]);
  });

  it("that fails leaves a folder that tells what it holds, and that it is not complete", async () => {
    const note = async (): Promise<unknown> => JSON.parse(await readFile(at("halfway", "settings.json"), "utf8"));
    for (let image = 10; image < 30; image++) await writeGrey(at("twenty", `${image}.png`), 16, image === 29 ? 18 : 16);
    const words = [at("twenty"), ...settings, "--out", at("halfway")];
    await expect(type(privatizeCommand(), ...words)).rejects.toThrow(/images of one size/);
    expect(await readdir(at("halfway"))).toContain("10.png");
    expect(await note()).toMatchObject({ settings: { level: 2 }, complete: false });
    await expect(type(privatizeCommand(), ...words, "--size", "16")).rejects.toThrow(
      /size "file" there and \[16,16\] now/,
    );
    await writeGrey(at("twenty", "29.png"), 16, 16);
    await type(privatizeCommand(), ...words);
    expect(await note()).toMatchObject({ complete: true });
    // Where nothing is written, nothing is said of settings, so that others may follow.
    const outsized = ["--level", "2", "--patch-grid", "5", "--out", at("unfit")];
    await expect(type(privatizeCommand(), at("twenty"), ...outsized)).rejects.toThrow(/patchGrid at most 4x4/);
    expect(await readdir(at("unfit"))).toEqual([]);
  });

  it("tells of PNG files that are not of this run, and removes what a killed one left half written", async () => {
    for (const name of ["a", "b", "c"]) await writeGrey(at("withdrawn", "sub", `${name}.png`), 16, 16);
    const run = (input: string) => type(privatizeCommand(), input, ...settings, "--out", at("earlier"));
    expect((await run(at("withdrawn"))).complained).toBe("");
    const draft = ".01234567-89ab-4def-8123-456789abcdef.partial";
    for (const left of [draft, ".mine.partial"]) await writeFile(at("earlier", "sub", left), "half");
    await rm(at("withdrawn", "sub", "b.png"));
    await rm(at("withdrawn", "sub", "c.png"));
    const { complained } = await run(at("withdrawn"));
    expect(complained).toBe(
      "2 more PNG files there are not of this run: sub/b.png, sub/c.png; remove what is not wanted",
    );
    const note: unknown = JSON.parse(await readFile(at("earlier", "settings.json"), "utf8"));
    expect(note).toMatchObject({ complete: true, images: 1, others: 2 });
    expect((await readdir(at("earlier", "sub"))).sort()).toEqual([".mine.partial", "a.png", "b.png", "c.png"]);
  });

  it("refuses a folder that another process writes", async () => {
    const other = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"]);
    const stat = await readFile(`/proc/${other.pid}/stat`, "latin1");
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    await mkdir(at("busy"));
    await writeFile(at("busy", ".claim"), JSON.stringify({ host: hostname(), pid: other.pid, start }));
    const words = [at("scans"), ...settings, "--out", at("busy")];
    await expect(type(privatizeCommand(), ...words)).rejects.toThrow(`got process ${other.pid} at work on it`);
    const ended = new Promise((resolve) => other.on("close", resolve));
    other.kill("SIGKILL");
    await ended;
    await type(privatizeCommand(), ...words);
    expect(await readdir(at("busy"))).toEqual(["a.png", "settings.json", "sub"]);
  });

  it("keeps the image when the settings keep everything of it", async () => {
    // Haar's sub-band of averages at level 1 with a patch a coefficient, of an image without detail, is the image.
    await writeColour(at("flat", "f.png"), 8, 8, [200, 100, 50]);
    await type(privatizeCommand(), at("flat"), "--level", "1", "--patch-grid", "4", "--out", at("flat-private"));
    expect((await readImages(at("flat-private"))).pixels).toEqual((await readImages(at("flat"))).pixels);
  });

  it("sets bad inputs aside and exits with 3", async () => {
    await type(privatizeCommand(), at("mixed"), "--level", "2", "--patch-grid", "2", "--out", at("mixed-private"));
    expect(process.exitCode).toBe(3);
    expect(await readFile(at("mixed-private", "rejected.csv"), "utf8")).toMatch(/text\.png/);
    expect((await readImages(at("mixed-private"))).ids).toEqual(["good.png"]);
  });

  it("refuses to write over its input or into its folders, through links neither", async () => {
    await writeGrey(at("over", "a.png"), 16, 16);
    await writeGrey(at("over", "sub", "b.png"), 16, 16);
    await writeFile(at("over", "rejected.csv"), "mine");
    await symlink(at("over"), at("link"));
    await mkdir(at("linked"));
    await symlink(at("over", "a.png"), at("linked", "a.png"));
    const before = await readFile(at("over", "a.png"));
    const run = (input: string[], out: string) => type(privatizeCommand(), ...input, ...settings, "--out", out);
    const refusal = /an output apart from the input/;
    await expect(run([at("over")], at("over"))).rejects.toThrow(DataError);
    await expect(run([at("over")], at("link"))).rejects.toThrow(refusal);
    await expect(run([at("over")], at("over", "sub"))).rejects.toThrow(refusal);
    await expect(run([at("over", "a.png")], at("over"))).rejects.toThrow(refusal);
    await expect(run([at("linked", "a.png")], at("over"))).rejects.toThrow(refusal);
    expect(await readFile(at("over", "a.png"))).toEqual(before);
    expect(await readFile(at("over", "rejected.csv"), "utf8")).toBe("mine");
  });

  it("refuses a folder below an input, which the next command would read", async () => {
    await writeGrey(at("whole", "a.png"), 16, 16);
    await symlink(at("whole"), at("whole-link"));
    const run = (input: string, out: string) => type(privatizeCommand(), at(input), ...settings, "--out", at(out));
    const refusal = /privatize: \S*p: an output that is not below an input, got one below \S*; name another with --out/;
    for (const [input, out] of [
      ["whole", "whole/p"],
      ["whole", "whole/made/p"],
      ["whole", "whole-link/p"],
      ["whole-link", "whole/p"],
      ["whole/**/*.png", "whole/p"],
    ] as const)
      await expect(run(input, out)).rejects.toThrow(refusal);
    expect(await readdir(at("whole"))).toEqual(["a.png"]);
    await run("whole/*.png", "whole/p"); // is not looked into
    await run("whole/a.png", "whole/q");
  });

  it("takes patterns, archives and lists, and never writes over what lies beside an archive", async () => {
    const image = await readFile(at("scans", "a.png"));
    await mkdir(at("packed", "in"), { recursive: true });
    await writeFile(at("packed", "in", "a.png"), "mine");
    await writeFile(at("packed", "scans.zip"), zipOf({ "in/a.png": image, "../out.png": image }));
    await writeFile(at("list.csv"), "id,file\n1.2.840.1,scans/a.png\n1.2.840.2,scans/sub/b.png\n../out,scans/a.png\n");
    const run = (input: string, out: string) => type(privatizeCommand(), input, ...settings, "--out", at(out));
    await run(at("scans", "**", "b.png"), "of-pattern");
    expect(await readdir(at("of-pattern", "sub"))).toEqual(["b.png"]);
    expect(process.exitCode).toBe(0);
    await run(at("packed", "scans.zip"), "of-zip");
    expect(await readFile(at("of-zip", "rejected.csv"), "utf8")).toMatch(/^\.\.\/out\.png,"a path inside the archive/m);
    const alone = readFile(at("private", "a.png"));
    expect(await readFile(at("of-zip", "in", "a.png"))).toEqual(await alone);
    await run(at("list.csv"), "of-list");
    expect((await readdir(at("of-list"))).sort()).toEqual([
      "1.2.840.1.png",
      "1.2.840.2.png",
      "rejected.csv",
      "settings.json",
    ]);
    expect(await readFile(at("of-list", "rejected.csv"), "utf8")).toMatch(/^\.\.\/out,"?an id .* leads out of it/m);
    expect(existsSync(at("out.png"))).toBe(false);
    await expect(run(at("packed", "scans.zip"), "packed")).rejects.toThrow(/an output apart from the input/);
    expect(await readFile(at("packed", "in", "a.png"), "utf8")).toBe("mine");
  });

  it("sets ids aside that cannot be names of files, and writes the others", async () => {
    const folders = Array.from({ length: 20 }, () => "d".repeat(250)).join("/");
    const [most, long, wide] = ["l".repeat(251), "l".repeat(252), "\u00e9".repeat(126)];
    const ids = ["good", most, long, `${"d".repeat(256)}/a`, wide, folders, "n\0l", "e\tnd"];
    const lines = ids.map((id) => `${id},scans/a.png`);
    await writeFile(at("names.csv"), `id,file\n${lines.join("\n")}\n`);
    await type(privatizeCommand(), at("names.csv"), ...settings, "--out", at("of-names"));
    expect(process.exitCode).toBe(3);
    expect((await readdir(at("of-names"))).filter((name) => name.endsWith(".png"))).toEqual([
      "good.png",
      `${most}.png`,
    ]);
    const rejected: string[][] = parse(await readFile(at("of-names", "rejected.csv")));
    const tooLong = "an id whose parts are names of 255 bytes at most, got 256";
    expect(
      rejected
        .slice(1)
        .map(([, reason]) => reason)
        .sort(),
    ).toEqual([
      expect.stringMatching(/^an id that gives a path of 4095 bytes at most, got \d+$/),
      ...[tooLong, tooLong, tooLong],
      'an id without control characters, got "\\t" in it; rename it',
      'an id without control characters, got "\\u0000" in it; rename it',
    ]);
  });

  it("never writes over what was set aside, nor into its folder", async () => {
    await writeGrey(at("aside", "a.png"), 16, 16);
    await writeGrey(at("elsewhere", "a.png"), 16, 16);
    await mkdir(at("aside", "sub"));
    await symlink(at("elsewhere", "a.png"), at("aside", "sub", "a.png"));
    const words = [at("aside"), ...settings, "--out", at("aside", "sub")];
    await expect(type(privatizeCommand(), ...words)).rejects.toThrow(/an output apart from the input/);
    expect(await readdir(at("aside", "sub"))).toEqual(["a.png"]);
    expect((await lstat(at("aside", "sub", "a.png"))).isSymbolicLink()).toBe(true);
  });

  it("refuses two images that would become one file, and a file in the folder's place", async () => {
    await writeGrey(at("same", "a.png"), 8, 8);
    await writeGrey(at("same", "a.jpg"), 8, 8);
    const words = ["--level", "1", "--patch-grid", "2", "--out"];
    await expect(type(privatizeCommand(), at("same"), ...words, at("p"))).rejects.toThrow(
      /one image for a\.png, got \S*same\/a\.jpg and \S*same\/a\.png; leave one out, or give each an id in a list/,
    );
    await writeFile(at("same.csv"), "file,id\nsame/a.png,one\nsame/a.jpg,other\n"); // as the message says
    await type(privatizeCommand(), at("same.csv"), ...words, at("p"));
    expect(await readdir(at("p"))).toEqual(["one.png", "other.png", "settings.json"]);
    await writeFile(at("taken"), "");
    await expect(type(privatizeCommand(), at("scans"), ...words, at("taken"))).rejects.toThrow(/a file in its place/);
  });
});
