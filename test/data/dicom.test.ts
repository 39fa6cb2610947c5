import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataError, OptionError } from "../../src/core/errors";
import { Random } from "../../src/core/random";
import { decodeDicom, storedValues } from "../../src/data/dicom/decodeDicom";
import { isDicom, parseHeader } from "../../src/data/dicom/header";
import { compress, compressTo, readImages, readTags, streamImages } from "../../src/index";
import golden from "../golden/dicom-files.json";
import { dicomFile, tableSequence, type DicomParts } from "./dicomFile";
import { scratchFolder } from "./pictures";

interface Decoded {
  readonly syntax: string;
  readonly shape: readonly number[];
  readonly sha256?: string;
  readonly step?: number;
  readonly values?: readonly number[];
}

const expected = golden.files as unknown as Readonly<Record<string, Decoded>>;
const full = process.env["DEEPFIXCX_TEST_FULL"] === "1";
const pydicom = pydicomFiles();
const folder = await scratchFolder();

function pydicomFiles(): string | undefined {
  const library = join(import.meta.dirname, "..", "..", ".venv", "lib");
  const pythons = existsSync(library) ? readdirSync(library) : [];
  return pythons
    .map((python) => join(library, python, "site-packages", "pydicom", "data", "test_files"))
    .find((place) => existsSync(place));
}

/** `[frame, row, col, sample]` in double precision, little-endian, as the golden values are. */
async function decodeAll(name: string): Promise<Float64Array> {
  const image = parseHeader(name, await readFile(join(pydicom as string, name)));
  const size = image.rows * image.cols;
  const frames: Float64Array[] = [];
  for (let frame = 0; frame < image.frames; frame++) {
    const { values, channels } = await storedValues(image, frame);
    frames.push(values.map((_, at) => values[(at % channels) * size + Math.floor(at / channels)] as number));
  }
  return Float64Array.from(frames.flatMap((values) => [...values]));
}

describe.skipIf(pydicom === undefined)("pydicom's own files (skipped without the .venv of `npm run setup`)", () => {
  it.each(Object.keys(expected))("%s has the same pixels", async (name) => {
    const { shape, sha256, step = 1, values: some = [] } = expected[name] as Decoded;
    const values = await decodeAll(name);
    expect(values.length).toBe(shape.reduce((product, side) => product * side, 1));
    if (sha256 !== undefined) {
      expect(createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex")).toBe(sha256);
    } else {
      expect(some.length).toBeGreaterThan(20);
      const worst = some.reduce((far, value, at) => Math.max(far, Math.abs(value - (values[at * step] as number))), 0);
      expect(worst).toBeLessThanOrEqual(1); // asked: 8
    }
  });

  it("and their mutations never crash, hang or have a wrong shape", { timeout: 600_000 }, async () => {
    const random = new Random(20230801);
    const small = Object.keys(expected).filter((name) => readFileSync(join(pydicom as string, name)).length < 60_000);
    let refusedCount = 0;
    const turns = full ? 5_000 : 300;
    for (let turn = 0; turn < turns; turn++) {
      const bytes = Uint8Array.from(readFileSync(join(pydicom as string, small[turn % small.length] as string)));
      const cut = random.uniform() < 0.2 ? Math.floor(random.uniform() * bytes.length) : bytes.length;
      for (let change = 0; change < 1 + (turn % 8); change++) {
        bytes[Math.floor(random.uniform() * bytes.length)] = Math.floor(random.uniform() * 256);
      }
      const mutated = bytes.subarray(0, cut);
      if (!isDicom(mutated)) continue;
      try {
        const image = parseHeader("mutated", mutated);
        if (image.rows * image.cols > 1_000_000) continue; // beyond what a caller's limit lets through
        const { pixels, shape } = await decodeDicom(image, 0, "window");
        expect(shape).toEqual([shape[0], image.rows, image.cols]);
        expect(pixels.length).toBe(shape[0] * image.rows * image.cols);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        refusedCount++;
      }
    }
    expect(refusedCount).toBeGreaterThan(turns / 20);
    expect(refusedCount).toBeLessThan(turns);
  });
});

describe("DICOM files", () => {
  const signed = new Int16Array([-1000, 0, 40, 80, 1000, 3000]);

  async function read(name: string, parts: Partial<DicomParts>, options = {}): Promise<number[]> {
    const file = join(folder, `${name}.dcm`);
    await writeFile(file, dicomFile({ rows: 2, cols: 3, pixels: signed, ...parts }));
    return [...(await readImages(file, options)).pixels];
  }

  it("keep 8-bit values as they are, and say which is white", async () => {
    const pixels = new Uint8Array([0, 1, 2, 100, 254, 255]);
    expect(await read("eight", { pixels })).toEqual([...pixels]);
    const inverted = { "00280004": ["CS", "MONOCHROME1"] } as const;
    expect(await read("inverted", { pixels, elements: inverted })).toEqual([...pixels].map((value) => 255 - value));
  });

  it("are cut to their first window, by the standard's formula, after rescaling", async () => {
    const window = { "00281050": ["DS", "40\\300"], "00281051": ["DS", "80\\1000"] } as const;
    const share = (value: number): number => Math.min(1, Math.max(0, (value - 39.5) / 79 + 0.5));
    const wanted = [...signed].map((value) => Math.floor(share(value) * 65535 + 0.5));
    expect(await read("window", { elements: window })).toEqual(wanted);
    const rescaled = { ...window, "00281052": ["DS", "-1000"], "00281053": ["DS", "2"] } as const;
    expect(await read("rescaled", { elements: rescaled })).toEqual(
      [...signed].map((value) => Math.floor(share(2 * value - 1000) * 65535 + 0.5)),
    );
    expect(await read("exact", { elements: { ...window, "00281056": ["CS", "LINEAR_EXACT"] } })).toEqual(
      [...signed].map((value) => Math.floor(Math.min(1, Math.max(0, value / 80)) * 65535 + 0.5)),
    );
  });

  it("follow a sigmoid where the window says so", async () => {
    const window = { "00281050": ["DS", "40"], "00281051": ["DS", "80.5"], "00281056": ["CS", "SIGMOID"] } as const;
    expect(await read("sigmoid", { elements: window })).toEqual(
      [...signed].map((value) => Math.floor(65535 / (1 + Math.exp((-4 * (value - 40)) / 80.5)) + 0.5)),
    );
  });

  it("are looked up in the modality's table, which stands in place of the rescale", async () => {
    const pixels = new Uint16Array([0, 9, 10, 11, 12, 60000]);
    const elements = { "00283000": tableSequence(10, 12, [5, 1000, 4095]), "00281053": ["DS", "7"] } as const;
    const meant = [5, 5, 5, 1000, 4095, 4095];
    const ofFull = meant.map((value) => Math.floor((value / 4095) * 65535 + 0.5));
    expect(await read("modality", { pixels, elements })).toEqual(ofFull);
    expect(await read("modality-full", { pixels, elements }, { intensity: "full" })).toEqual(ofFull);
    expect(await read("modality-data", { pixels, elements }, { intensity: "data" })).toEqual(
      meant.map((value) => Math.floor(((value - 5) / 4090) * 65535 + 0.5)),
    );
    const window = { ...elements, "00281050": ["DS", "1000"], "00281051": ["DS", "1001"] } as const;
    expect(await read("modality-window", { pixels, elements: window })).toEqual(
      meant.map((value) => Math.floor(Math.min(1, Math.max(0, (value - 499.5) / 1000)) * 65535 + 0.5)),
    );
  });

  it("are looked up in the display's first table rather than cut to a window, after rescaling", async () => {
    const table = tableSequence(-1000, 8, [10, 20, 200]);
    const window = { "00281050": ["DS", "0"], "00281051": ["DS", "2000"] } as const;
    const values = new Int16Array([-501, -500, 0, 400, -499, -2000]);
    const elements = { ...window, "00283010": table, "00281053": ["DS", "2"], "00281052": ["DS", "1"] } as const;
    // 2 v + 1: -1001, -999, 1, 801, -997, -3999
    const shown = [10, 20, 200, 200, 200, 10];
    expect(await read("display", { pixels: values, elements })).toEqual(shown);
    const white = { ...elements, "00280004": ["CS", "MONOCHROME1"] } as const;
    expect(await read("display-white", { pixels: values, elements: white })).toEqual(shown.map((value) => 255 - value));
    expect(await read("display-full", { pixels: values, elements }, { intensity: "full" })).not.toEqual(shown);
  });

  it("span all that their bits can hold, or what there is, where that is asked for", async () => {
    const ends = { "00281050": ["DS", "40"], "00281051": ["DS", "80"] } as const;
    const full = [...signed].map((value) => value + 32768);
    expect(await read("full", { elements: ends }, { intensity: "full" })).toEqual(full);
    expect(await read("no-window", {})).toEqual(full);
    expect(await read("data", { elements: ends }, { intensity: "data" })).toEqual(
      [...signed].map((value) => Math.floor(((value + 1000) / 4000) * 65535 + 0.5)),
    );
    await expect(readImages(folder, { intensity: "auto" as never })).rejects.toThrow(OptionError);
  });

  it("become one image a frame, and are known without an ending", async () => {
    const place = join(folder, "series");
    await mkdir(place, { recursive: true });
    const pixels = Uint8Array.from({ length: 3 * 6 }, (_, at) => at);
    await writeFile(
      join(place, "many"),
      dicomFile({ rows: 2, cols: 3, pixels, elements: { "00280008": ["IS", "3"] } }),
    );
    await writeFile(join(place, "README"), "no image");
    const images = await readImages(place);
    expect(images.ids).toEqual(["many#0", "many#1", "many#2"]);
    expect([...images.pixels]).toEqual([...pixels]);
    const stream = await streamImages(place);
    const settings = { level: 1, patchGrid: 1 };
    expect((await compress(stream, { ...settings, workers: 2 })).values).toEqual(
      (await compress(images, settings)).values,
    );
  });

  it("are scaled and converted as other files are", async () => {
    const [rows, cols] = [8, 8];
    const pixels = new Uint8Array(rows * cols * 3).fill(200);
    const colour = { "00280002": ["US", 3], "00280004": ["CS", "RGB"], "00280006": ["US", 0] } as const;
    await read("colour", { rows, cols, pixels, elements: colour });
    const file = join(folder, "colour.dcm");
    const { shape, pixels: scaled } = await readImages(file, { size: 4, colour: "grey" });
    expect(shape).toEqual([1, 1, 4, 4]);
    expect([...new Set(scaled)]).toEqual([200]);
    const deep = await readImages(join(folder, "full.dcm"), { bits: 8, intensity: "full", size: [4, 6] });
    expect(deep.shape).toEqual([1, 1, 4, 6]);
    expect(deep.pixels).toBeInstanceOf(Uint8Array);
  });

  it("are refused by the name of their transfer syntax, and where bytes are missing", async () => {
    const refuse = async (name: string, parts: Partial<DicomParts>, words: RegExp): Promise<void> => {
      await expect(read(name, parts)).rejects.toThrow(DataError);
      await expect(read(name, parts)).rejects.toThrow(words);
    };
    await refuse(
      "video",
      { syntax: "1.2.840.10008.1.2.4.100" },
      /1\.2\.840\.10008\.1\.2\.4\.100, which is not supported/,
    );
    await refuse("short", { rows: 20 }, /the pixels of 1 frames/);
    await refuse("endless", { elements: { "00280008": ["IS", "2147483647"] } }, /no more frames than bytes/);
    await refuse("many", { elements: { "00280008": ["IS", "100000000"] } }, /no more frames than bytes/);
    await refuse("table", { elements: { "00283000": ["UN", "none"] } }, /a whole lookup table/);
    await refuse("cut", { elements: { "00283010": tableSequence(0, 16, []) } }, /a whole lookup table/);
    const half = { "00283000": tableSequence(0, 12, [1, 2, 3, 4], 6) };
    await refuse("half", { elements: half }, /a whole lookup table, got 8 bytes, 12 bits/);
    const window = { "00281050": ["DS", "40"], "00281051": ["DS", "80"], "00281056": ["CS", "CURVE"] } as const;
    await refuse("curve", { elements: window }, /a window LINEAR, LINEAR_EXACT or SIGMOID, got CURVE/);
    for (const photometric of ["YBR_PARTIAL_420", "YBR_PARTIAL_422"]) {
      const elements = { "00280002": ["US", 3], "00280004": ["CS", photometric], "00280006": ["US", 0] } as const;
      const words = new RegExp(`colours as RGB, YBR_FULL or a palette, got ${photometric}`);
      await refuse(photometric, { rows: 2, cols: 2, pixels: new Uint8Array(12), elements }, words);
    }
  });

  it("give their tags only by name, and none to an output", async () => {
    const elements = {
      "00100010": ["PN", "DOE^JANE"],
      "00100020": ["LO", "MRN-4711"],
      "00100040": ["CS", "F"],
    } as const;
    await read("person", { rows: 4, cols: 4, pixels: new Uint8Array(16), elements });
    const file = join(folder, "person.dcm");
    expect(await readTags(file, ["PatientSex", "0010,1010"])).toEqual([
      { id: "person.dcm", PatientSex: "F", "0010,1010": "" },
    ]);
    const one = readTags(file, "PatientSex" as unknown as string[]);
    await expect(one).rejects.toThrow(/^readTags: names of tags in a list, got "PatientSex"; put one in brackets/);
    await expect(readTags(file, ["PatientGender"])).rejects.toThrow(OptionError);
    for (const out of ["person.npy", "person.parquet"]) {
      await compressTo(join(folder, out), await streamImages(file), { level: 1, patchGrid: 1 });
      for (const name of readdirSync(folder).filter((found) => found.startsWith(out))) {
        const text = readFileSync(join(folder, name), "latin1");
        expect(text).not.toContain("DOE");
        expect(text).not.toContain("4711");
      }
    }
    expect(existsSync(join(folder, "person.parquet"))).toBe(true);
  });
});
