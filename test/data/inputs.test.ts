import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, truncateSync } from "node:fs";
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { describe, expect, it, vi } from "vitest";
import { compressCommand } from "../../src/cli/compress";
import { arrow, parquetWasm } from "../../src/core/packages";
import { OptionError } from "../../src/core/errors";
import { packageFolder } from "../../src/core/paths";
import { factsKey } from "../../src/data/embeddingFacts";
import { openParquet } from "../../src/data/parquet/readFile";
import { embeddings } from "../../src/data/embeddings";
import { findInputs } from "../../src/data/inputs/findInputs";
import { parseGlob } from "../../src/data/inputs/glob";
import { dicomFile } from "./dicomFile";
import { scratchFolder, writeGrey, writeHugeHeader } from "./pictures";
import { zipOf } from "./zipFile";

const folder = await scratchFolder();
const at = (...parts: string[]) => join(folder, ...parts);
const settings = ["--level", "1", "--patch-grid", "2"];

async function run(...words: string[]): Promise<void> {
  for (const method of ["log", "error"] as const) vi.spyOn(console, method).mockImplementation(() => undefined);
  await compressCommand()
    .exitOverride()
    .parseAsync([...words, ...settings], { from: "user" });
  process.exitCode = 0;
  vi.restoreAllMocks();
}

const program = join(packageFolder, "dist", "cli", "main.js");
/** What permissions say holds for root, too, in a process without the right to overlook them. */
const withoutPrivilege = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];

describe("inputs", () => {
  it("are files, folders, patterns and archives together, ids below what holds them all", async () => {
    await writeGrey(at("many", "a.png"), 8, 8);
    await writeGrey(at("many", "deep", "er", "b.png"), 8, 8);
    await writeGrey(at("many", "other", "c.png"), 8, 8);
    await writeGrey(at("many", "other", "c.tif"), 8, 8);
    await writeFile(at("many", "pack.zip"), zipOf({ "in/d.png": await readFile(at("many", "a.png")), "e.txt": "" }));
    const found = await findInputs([
      at("many", "a.png"),
      at("many", "deep"),
      at("many", "o*", "*.png"),
      at("many", "pack.zip"),
    ]);
    expect(found.files.map(({ id }) => id)).toEqual(["a.png", "deep/er/b.png", "other/c.png", "pack.zip/in/d.png"]);
    expect(found.rejected).toEqual([]);
    await expect(findInputs([at("many"), at("many", "a.png")])).rejects.toThrow('"a.png" twice');
    await expect(findInputs([at("many", "*.bmp")])).rejects.toThrow(/at least one .* got none/);
    await expect(findInputs([at("nowhere", "*.png")])).rejects.toThrow(/nothing there/);
  });

  it("give the same numbers from an archive, packed or stored, as from the folder", async () => {
    await writeGrey(at("same", "a.png"), 8, 10);
    await writeGrey(at("same", "b.tif"), 8, 10, 3); // read by sharp
    await run(at("same"), "--out", at("folder.parquet"));
    const bytes = { "a.png": await readFile(at("same", "a.png")), "b.tif": await readFile(at("same", "b.tif")) };
    for (const [name, zip] of [
      ["stored", zipOf(bytes)],
      ["packed", zipOf(bytes, deflateRawSync)],
    ] as const) {
      await writeFile(at(`${name}.zip`), zip);
      await run(at(`${name}.zip`), "--out", at(`${name}.parquet`));
      const [ours, theirs] = [
        await embeddings.open(at(`${name}.parquet`)),
        await embeddings.open(at("folder.parquet")),
      ];
      expect(await ours.read()).toEqual(await theirs.read());
      expect(await ours.column("sha256")).toEqual(await theirs.column("sha256"));
      expect((await ours.column("source"))["a.png"]).toBe(at(`${name}.zip`, "a.png"));
    }
  });

  it("are lists, whose columns are carried over when they are asked for", async () => {
    await writeGrey(at("listed", "x", "a.png"), 8, 8);
    await writeGrey(at("listed", "x", "b.png"), 8, 8, 9);
    const list = "id,file,finding,view,name\nB,x/b.png,1,PA,Doe\nA,x/a.png,,AP,Roe\nC,x/c.png,0,AP,Moe\nD,,0,AP,Poe\n";
    await writeFile(at("listed", "list.csv"), list);
    await run(at("listed", "list.csv"), "--columns", "finding,view", "--out", at("listed.parquet"));
    const stored = await embeddings.open(at("listed.parquet"));
    expect(stored.columns).toEqual(["source", "sha256", "decoder", "finding", "view"]);
    expect(await stored.ids()).toEqual(["A", "B"]);
    expect(await stored.column("finding")).toEqual({ A: null, B: 1 });
    expect(await stored.column("view")).toEqual({ A: "AP", B: "PA" });
    expect(readFileSync(at("listed.parquet")).includes("Roe")).toBe(false);
    const rejected = await readFile(at("listed.parquet.rejected.csv"), "utf8");
    expect(rejected).toMatch(/D,"a path in every row, got none/);
    expect(rejected).toMatch(/C,"a file that can be read, got no such file/);
    // The table that came out is a list itself.
    await run(at("listed.parquet"), "--columns", "view", "--out", at("relisted.parquet"));
    const again = await embeddings.open(at("relisted.parquet"));
    expect(await again.read()).toEqual(await stored.read());
    expect(await again.column("view")).toEqual({ A: "AP", B: "PA" });
    await expect(run(at("listed", "list.csv"), "--columns", "age", "--out", at("no.npy"))).rejects.toThrow(
      'column "age"',
    );
    await symlink("loop.png", at("listed", "loop.png"));
    await writeFile(at("listed", "loop.csv"), "file\nx/a.png\nloop.png\nx/none.png\n");
    await run(at("listed", "loop.csv"), "--out", at("loop.npy"));
    expect(await readFile(at("loop.npy.rejected.csv"), "utf8")).toMatch(
      /loop\.png,.*ELOOP"\n.*none\.png,.*no such file/,
    );
    await writeFile(at("listed", "semicolons.csv"), "id;file\nA;x/a.png\n");
    await expect(run(at("listed", "semicolons.csv"), "--out", at("no.npy"))).rejects.toThrow(
      /^compress: .*semicolons\.csv: a table .*commas, got values separated by semicolons; save it with commas/,
    );
    await expect(run(at("listed", "x"), "--columns", "age", "--out", at("no.npy"))).rejects.toThrow(/and no list/);
  });

  it("are complained of in the name of the command that takes them", async () => {
    await writeFile(at("pathless.csv"), "id,age\nA,7\n");
    const where = "privatize";
    const complaint = /^privatize: .*pathless\.csv: a column called file, .* got id, age$/;
    await expect(findInputs([at("pathless.csv")], { where })).rejects.toThrow(complaint);
    await expect(findInputs([at("many", "[z-a]*.png")], { where })).rejects.toThrow(/^privatize: a pattern whose/);
  });

  it("are lists whose codes, long numbers and dates are carried over as they are", async () => {
    await writeGrey(at("typed", "a.png"), 8, 8);
    await writeFile(at("typed", "list.csv"), "file,code,long,share\na.png,007,1234567890123456789,0.50\n");
    await run(at("typed", "list.csv"), "--columns", "code,long,share", "--out", at("typed.parquet"));
    const ofCsv = await embeddings.open(at("typed.parquet"));
    expect(await ofCsv.column("code")).toEqual({ "a.png": "007" });
    expect(await ofCsv.column("long")).toEqual({ "a.png": "1234567890123456789" });
    expect(await ofCsv.column("share")).toEqual({ "a.png": 0.5 });
    const { Bool, DateDay, Decimal, Int64, Table, TimestampMillisecond, Utf8, tableToIPC, vectorFromArray } = arrow();
    const day = new Date(Date.UTC(2024, 0, 2));
    const table = new Table({
      path: vectorFromArray(["a.png"], new Utf8()),
      few: vectorFromArray([3n], new Int64()),
      long: vectorFromArray([2n ** 60n], new Int64()),
      seen: vectorFromArray([true], new Bool()),
      day: vectorFromArray([day], new DateDay()),
      time: vectorFromArray([day], new TimestampMillisecond()),
      price: vectorFromArray([new Uint32Array([150, 0, 0, 0])], new Decimal(2, 5)),
    });
    const { Table: Packed, writeParquet } = parquetWasm();
    await writeFile(at("typed", "list.parquet"), writeParquet(Packed.fromIPCStream(tableToIPC(table, "stream"))));
    const words = [at("typed", "list.parquet"), "--out", at("typed.npy"), "--columns"];
    await run(...words, "few,long,seen,day,time");
    const cells = "3,1152921504606846976,1,2024-01-02,2024-01-02T00:00:00.000";
    expect(readFileSync(at("typed.npy.ids.csv"), "utf8").trim()).toMatch(new RegExp(`,${cells}$`));
    await expect(run(...words, "price")).rejects.toThrow(/text, numbers, .* in column "price", got Decimal/);
  });

  it("set hostile files aside with a reason, do the rest and write nothing elsewhere", async () => {
    const place = at("hostile");
    await writeGrey(join(place, "good.png"), 8, 8);
    await writeGrey(at("outside", "secret.png"), 8, 8);
    await writeGrey(join(place, "line\nend.png"), 8, 8);
    await writeGrey(join(place, "non-utf8.png"), 8, 8);
    execFileSync("sh", ["-c", `mv "$1/non-utf8.png" "$1/$(printf 'n\\377n.png')"`, "sh", place]);
    await writeFile(join(place, "empty.png"), "");
    await writeFile(join(place, "vast.png"), "");
    truncateSync(join(place, "vast.png"), 4 * 2 ** 30); // sparse
    await writeHugeHeader(join(place, "pixels.png"), 20000);
    await symlink(at("outside", "secret.png"), join(place, "link.png"));
    await symlink(at("outside"), join(place, "linked"));
    await symlink(at("nowhere"), join(place, "dangling.png"));
    await symlink(join(place, "good.png"), join(place, "inside.png"));
    execFileSync("mkfifo", [join(place, "pipe.png")]);
    const before = readdirSync(folder);
    await run(place, "--out", at("hostile.parquet"));
    expect(await (await embeddings.open(at("hostile.parquet"))).ids()).toEqual(["good.png", "inside.png"]);
    const rejected: string[][] = parse(await readFile(at("hostile.parquet.rejected.csv")));
    for (const [name, reason] of [
      ["n\uFFFDn.png", "a name in UTF-8"],
      ["line\nend.png", "a name without control characters"],
      ["empty.png", "the file is empty"],
      ["vast.png", "at most 801,048,576 bytes, got 4,294,967,296"],
      ["pixels.png", "got 20000x20000"],
      ["link.png", "a link that leads out of it"],
      ["linked", "a link that leads out of it"],
      ["dangling.png", "a link that leads nowhere"],
      ["pipe.png", "a pipe, socket or device"],
    ] as const) {
      expect(rejected.find(([id]) => id === name)?.[1], name).toContain(reason);
    }
    expect(readdirSync(folder).filter((name) => !before.includes(name))).toEqual([
      "hostile.parquet",
      "hostile.parquet.rejected.csv",
    ]);
  });

  it("set files and folders that may not be read aside", async () => {
    await writeGrey(at("locked", "a.png"), 8, 8);
    await writeGrey(at("locked", "b.png"), 8, 8);
    await writeGrey(at("locked", "c", "d.png"), 8, 8);
    await chmod(at("locked", "b.png"), 0);
    await chmod(at("locked", "c"), 0);
    const words = ["node", program, "compress", at("locked"), ...settings, "--out", at("locked.parquet")];
    const { status } = spawnSync("env", [...withoutPrivilege, ...words]);
    await chmod(at("locked", "c"), 0o700);
    expect(status).toBe(3);
    expect(await (await embeddings.open(at("locked.parquet"))).ids()).toEqual(["a.png"]);
    const rejected: string[][] = parse(await readFile(at("locked.parquet.rejected.csv")));
    expect(rejected.slice(1).sort()).toEqual([
      ["b.png", "a file that can be read, got no permission"],
      ["c", "a folder that can be read, got EACCES"],
    ]);
  });

  it("set hostile entries of archives aside", async () => {
    const image = await readFile(at("many", "a.png"));
    const zip = zipOf({
      "good.png": image,
      "../out.png": image,
      "in/../../out.png": image,
      "/root.png": image,
      "back\\slash.png": image,
      "a\nb.png": image,
      "n_n.png": image,
      "link.png": at("outside", "secret.png"),
    });
    for (let name = zip.indexOf("n_n.png"); name >= 0; name = zip.indexOf("n_n.png", name + 1)) zip[name + 1] = 0xff;
    const link = zip.lastIndexOf("PK\x01\x02", "latin1");
    zip[link + 5] = 3; // made on Unix, where the upper half of the attributes is the mode
    zip.writeUInt32LE((0o120777 << 16) >>> 0, link + 38);
    await writeFile(at("bad.zip"), zip);
    const before = readdirSync(folder);
    await run(at("bad.zip"), "--out", at("bad.parquet"));
    expect(await (await embeddings.open(at("bad.parquet"))).ids()).toEqual(["good.png"]);
    const rejected: string[][] = parse(await readFile(at("bad.parquet.rejected.csv")));
    expect(
      rejected
        .slice(1)
        .map(([, reason]) => reason?.replace(/, got.*/s, ""))
        .sort(),
    ).toEqual([
      "a file",
      "a name in UTF-8",
      "a name without control characters",
      "a path inside the archive",
      "a path inside the archive",
      "a path inside the archive",
      "a path inside the archive",
    ]);
    expect(readdirSync(folder).filter((name) => !before.includes(name))).toEqual([
      "bad.parquet",
      "bad.parquet.rejected.csv",
    ]);
  });

  it("are safe from zip bombs: what lies, is too long or has another's bytes is set aside", async () => {
    const image = await readFile(at("many", "a.png"));
    const zeros = Buffer.alloc(5e6);
    const honest = zipOf({ "good.png": image, "zeros.png": zeros }, deflateRawSync);
    const liar = Buffer.from(zipOf({ "good.png": image, "zeros.png": zeros }, deflateRawSync));
    const vast = Buffer.from(liar);
    const entry = liar.lastIndexOf("PK\x01\x02", "latin1");
    expect(liar.readUInt32LE(entry + 24)).toBe(5e6);
    liar.writeUInt32LE(1000, entry + 24);
    vast.writeUInt32LE(4e9, entry + 24);
    const shared = Buffer.from(zipOf({ "good.png": image, "twin.png": image }));
    shared.writeUInt32LE(0, shared.lastIndexOf("PK\x01\x02", "latin1") + 42); // both begin where the first does
    for (const [name, zip, reason] of [
      ["honest", honest, "no image"],
      ["liar", liar, "damaged, or not as long as the archive says"],
      ["vast", vast, "at most 801,048,576 bytes, got 4,000,000,000"],
      ["shared", shared, "as in a zip bomb"],
    ] as const) {
      await writeFile(at(`${name}.zip`), zip);
      await run(at(`${name}.zip`), "--out", at(`${name}.npy`));
      const rejected = await readFile(at(`${name}.npy.rejected.csv`), "utf8");
      expect(rejected.trim().split("\n").length, name).toBe(2);
      expect(rejected, name).toContain(reason);
    }
    const double = zipOf({ "a.png": image, "b.png": image });
    double.write("a", double.lastIndexOf("b.png"));
    await writeFile(at("double.zip"), double);
    const { files, rejected: doubled } = await findInputs([at("double.zip")]);
    expect(files.map(({ id }) => id)).toEqual(["a.png"]);
    expect(doubled.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([
      "a.png: a name that stands once in the archive, got one that stood before; pack it anew",
    ]);
    // What was set aside does not take the name from one that can be used.
    const locked = zipOf({ "a.png": image, "b.png": image }, deflateRawSync);
    locked.write("a", locked.lastIndexOf("b.png"));
    locked.writeUInt16LE(1, locked.indexOf("PK\x01\x02", 0, "latin1") + 8); // the first is encrypted
    await writeFile(at("half.zip"), locked);
    const half = await findInputs([at("half.zip")]);
    expect(half.files.map(({ id }) => id)).toEqual(["a.png"]);
    expect(half.rejected.map(({ reason }) => reason)).toEqual(["a file that is not encrypted, got one that is"]);
    await writeFile(at("no.zip"), "no zip");
    await expect(findInputs([at("no.zip")])).rejects.toThrow(/no\.zip: a whole zip archive/);
  });

  it("are not what has no ending in an archive and is no DICOM file, whatever else is wrong with it", async () => {
    const image = await readFile(at("many", "a.png"));
    const dicom = dicomFile({ rows: 8, cols: 8, pixels: new Uint8Array(64) });
    const names = {
      LOCKED: "text",
      "n_n/": "",
      n_n: "text",
      "../README": "text",
      "../1.2.840": dicom,
      latest: "a.png",
    };
    const zip = zipOf({ "a.png": image, ...names }, deflateRawSync);
    for (let name = zip.indexOf("n_n"); name >= 0; name = zip.indexOf("n_n", name + 1)) zip[name + 1] = 0xff;
    const entryOf = (name: string): number => zip.lastIndexOf(name) - 46;
    zip.writeUInt16LE(1, entryOf("LOCKED") + 8); // encrypted
    zip[entryOf("latest") + 5] = 3;
    zip.writeUInt32LE((0o120777 << 16) >>> 0, entryOf("latest") + 38); // a link
    await writeFile(at("nameless.zip"), zip);
    const { files, rejected } = await findInputs([at("nameless.zip")]);
    expect(files.map(({ id }) => id)).toEqual(["a.png"]);
    expect(rejected.map(({ reason }) => reason)).toEqual(["a path inside the archive, got one that leads out of it"]);
  });

  it("are archives that a pattern matches, of which a damaged one is set aside", async () => {
    const image = await readFile(at("many", "a.png"));
    for (const year of ["2023", "2024"]) {
      await mkdir(at("years", year), { recursive: true });
      await writeFile(at("years", year, "scans.zip"), zipOf({ "in/a.png": image }));
    }
    await writeFile(at("years", "2024", "cut.zip"), zipOf({ "in/a.png": image }).subarray(0, 60));
    const { files, rejected } = await findInputs([at("years", "*", "*.zip")]);
    expect(files.map(({ id }) => id)).toEqual(["2023/scans.zip/in/a.png", "2024/scans.zip/in/a.png"]);
    expect(rejected).toMatchObject([{ id: "cut.zip", file: at("years", "2024", "cut.zip") }]);
    expect(rejected[0]?.reason).toMatch(/^a whole zip archive, got /);
  });

  it("give tags of DICOM files that are named, of frames and in archives, too, and no others", async () => {
    const elements = { "00100010": ["PN", "DOE^JANE"], "00100040": ["CS", "F"], "00080060": ["CS", "CR"] } as const;
    const one = dicomFile({ rows: 8, cols: 8, pixels: new Uint8Array(64), elements });
    const frames = { "00280008": ["IS", "2"], "00080060": ["CS", "XA"] } as const;
    const two = dicomFile({ rows: 8, cols: 8, pixels: new Uint8Array(128), elements: frames });
    await writeGrey(at("tagged", "a.png"), 8, 8);
    await writeFile(at("tagged", "b.dcm"), one);
    // DICOM files without an ending are known by how they begin, packed ones, too.
    await writeFile(at("tagged", "c.zip"), zipOf({ "1.2.840": two, README: "a".repeat(500) }, deflateRawSync));
    const words = [at("tagged"), at("tagged", "c.zip"), "--out", at("tagged.parquet")];
    await run(...words, "--tags", "PatientSex,0008,0060");
    const stored = await embeddings.open(at("tagged.parquet"));
    expect(stored.columns).toEqual(["source", "sha256", "decoder", "PatientSex", "0008,0060"]);
    const [a, b, c] = ["a.png", "b.dcm", "c.zip/1.2.840"] as const;
    expect(await stored.column("PatientSex")).toEqual({ [a]: null, [b]: "F", [`${c}#0`]: null, [`${c}#1`]: null });
    expect(await stored.column("0008,0060")).toEqual({ [a]: null, [b]: "CR", [`${c}#0`]: "XA", [`${c}#1`]: "XA" });
    expect(readFileSync(at("tagged.parquet")).includes("DOE")).toBe(false);
    await expect(run(...words, "--tags", "PatientGender")).rejects.toThrow(/tags named .* got "PatientGender"/);
    await expect(run(...words, "--tags", "Modality,Modality")).rejects.toThrow(
      /columns that stand once.*; name it once$/,
    );
    await expect(run(at("tagged", "a.png"), "--out", at("none.npy"), "--tags", "Modality")).rejects.toThrow(
      "compress: DICOM files among the inputs, got --tags Modality and none; leave --tags out",
    );
    const list = /columns that stand once, besides row, id.*; rename it in the list$/;
    await expect(run(...words, "--columns", "source")).rejects.toThrow(list);
    await run(at("tagged", "b.dcm"), "--out", at("brackets.parquet"), "--tags", "(0010,0040),Modality");
    const brackets = await embeddings.open(at("brackets.parquet"));
    expect(brackets.columns.slice(-2)).toEqual(["(0010,0040)", "Modality"]);
    expect(await brackets.column("(0010,0040)")).toEqual({ [b]: "F" });
  });

  it("give tags of files as large as the limit of pixels allows, however much stands before the pixels", async () => {
    const elements = { "00080060": ["CS", "CR"], "00290010": ["OB", new Uint8Array(2 ** 20)] } as const;
    await mkdir(at("wide"));
    await writeFile(at("wide", "a.dcm"), dicomFile({ rows: 8, cols: 8, pixels: new Uint8Array(64), elements }));
    const tagged = async (pixelLimit: number): Promise<unknown> =>
      (await findInputs([at("wide")], { tags: ["Modality"], pixelLimit })).cells.get("a.dcm");
    expect(await tagged(10_000)).toEqual({ Modality: "CR" });
    expect(await tagged(1)).toEqual({ Modality: null });
  });
});

describe("the settings with a table", () => {
  it("tell how files became pixels", async () => {
    await run(at("many", "a.png"), "--intensity", "full", "--out", at("told.parquet"));
    const { keyValues } = await openParquet(at("told.parquet"));
    const facts = JSON.parse(keyValues.get(factsKey) ?? "") as Record<string, unknown>;
    expect(facts).toMatchObject({ settings: { level: 1 }, read: { intensity: "full", size: "file", colour: "file" } });
    await run(at("many", "a.png"), "--grey", "--out", at("told.npy"));
    const beside = JSON.parse(readFileSync(at("told.npy.json"), "utf8")) as Record<string, unknown>;
    expect(beside).toMatchObject({ read: { intensity: "window", colour: "grey" } });
  });
});

describe("parseGlob", () => {
  it.each([
    ["scans/*.png", "scans", ["a.png"], ["b/a.png", "a.jpg"]],
    ["scans/**/*.png", "scans", ["a.png", "b/a.png", "b/c/a.png"], ["a.jpg"]],
    ["scans/**", "scans", ["a.png", "b/a.png"], []],
    ["s/[ab]?.{png,jp*}", "s", ["a1.png", "b2.jpeg"], ["c1.png", "a1.tif", "a.png"]],
    ["s/[!a]*", "s", ["b.png"], ["a.png", "b/c"]],
    ["s/a[&~^]*.png", "s", ["a&.png", "a~1.png", "a^.png"], ["a1.png"]],
    ["s/a+(b).png*", "s", ["a+(b).png"], ["aab.png"]],
  ])("%s", (pattern, place, matching, others) => {
    const { folder: found, matches } = parseGlob(pattern);
    expect(found).toBe(place);
    expect(matching.filter(matches)).toEqual(matching);
    expect(others.filter(matches)).toEqual([]);
  });

  it.each(["s/[z-a]*.png", "s/[9-0]/*.png"])("%s is refused, since its letters run backwards", (pattern) => {
    expect(() => parseGlob(pattern)).toThrow(OptionError);
    expect(() => parseGlob(pattern)).toThrow(/an earlier to a later one.*got "s\/\[/);
  });

  it.each([
    ["scans/*.png", [], ["a", "a/b"]],
    ["scans/20*/a?/*.png", ["2024", "2024/a1"], ["1999", "2024/b1", "2024/a1/c"]],
    ["scans/20*/**/*.png", ["2024", "2024/b", "2024/b/c"], ["1999", "1999/a"]],
  ])("%s is looked for in no folder where nothing can match", (pattern, entered, others) => {
    const { enters } = parseGlob(pattern);
    expect(entered.filter(enters)).toEqual(entered);
    expect(others.filter(enters)).toEqual([]);
  });
});
