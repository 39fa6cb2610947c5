import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { constants, crc32, deflateSync, inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { sharp } from "../../src/core/packages";
import { Random } from "../../src/core/random";
import { decodeOther } from "../../src/data/decode";
import { jpeg } from "../../src/data/decodeJpeg";
import { decodeRegular } from "../../src/data/decodeRegular";
import { lineBytesOf, png, pngPixels } from "../../src/data/pngPixels";
import { type ReadOptions, readSettings } from "../../src/data/readSettings";

const golden = JSON.parse(readFileSync(join(import.meta.dirname, "../golden/jpegs.json"), "utf8")) as {
  readonly files: readonly { readonly name: string; readonly base64: string }[];
};
const full = process.env["DEEPFIXCX_TEST_FULL"] === "1";
const realData = process.env["DEEPFIXCX_TEST_DATA"];
const asInFile = readSettings();

/** sharp's pixels, `[channel, row, col]`, or why it refuses. */
async function bySharp(bytes: Uint8Array, bits: 8 | 16 = 8): Promise<Uint8Array | Uint16Array | Error> {
  try {
    const image = sharp()(bytes).autoOrient();
    const grey = (await sharp()(bytes).metadata()).channels === 1;
    const space = grey ? (bits === 16 ? "grey16" : "b-w") : bits === 16 ? "rgb16" : "srgb";
    const pipeline = image.toColourspace(space).raw({ depth: bits === 16 ? "ushort" : "uchar" });
    const { data, info } = await pipeline.toBuffer({ resolveWithObject: true });
    const area = info.width * info.height;
    const values = bits === 16 ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
    const planar = bits === 16 ? new Uint16Array(values.length) : new Uint8Array(values.length);
    for (let at = 0; at < values.length; at++) {
      planar[(at % info.channels) * area + Math.floor(at / info.channels)] = values[at] as number;
    }
    return planar;
  } catch (error) {
    return error as Error;
  }
}

/** `"equal"`, `"left to sharp"`, or in words how the two differ. */
async function compare(bytes: Uint8Array, bits: 8 | 16 = 8): Promise<string> {
  const ours = decodeRegular(bytes, asInFile);
  if (ours === undefined) return "left to sharp";
  const theirs = await bySharp(bytes, bits);
  if (theirs instanceof Error) return `sharp refuses: ${theirs.message}`;
  const differing = Array.from(ours.pixels).reduce((count, value, at) => count + (value === theirs[at] ? 0 : 1), 0);
  return differing === 0 && ours.pixels.length === theirs.length ? "equal" : `${differing} pixels differ`;
}

function randomPixels(random: Random, length: number, smooth: boolean): Buffer {
  return Buffer.from(
    Array.from({ length }, (_, at) => (smooth ? (at * 3 + random.integer(9)) % 256 : random.integer(256))),
  );
}

describe("JPEG", () => {
  it("gives sharp's pixels for every sampling, quality and restart interval of Pillow; four columns or less go to sharp", async () => {
    const narrow: string[] = [];
    for (const { name, base64 } of golden.files) {
      const verdict = await compare(Buffer.from(base64, "base64"));
      if (verdict === "left to sharp") narrow.push(name);
      else expect(`${name}: ${verdict}`).toBe(`${name}: equal`);
    }
    expect(narrow.every((name) => /^4:2:[02] \d+x[1-4] /.test(name))).toBe(true);
    expect(narrow).toHaveLength(8);
  });

  it("gives sharp's pixels for the files that sharp writes, in every orientation", async () => {
    const random = new Random(1);
    for (let orientation = 1; orientation <= 8; orientation++) {
      const [width, height] = [5 + random.integer(60), 5 + random.integer(60)];
      const raw = randomPixels(random, width * height * 3, true);
      const bytes = await sharp()(raw, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 80, chromaSubsampling: orientation % 2 ? "4:2:0" : "4:4:4" })
        .withMetadata({ orientation })
        .toBuffer();
      const plain = bytes.includes("ICC_PROFILE") ? "left to sharp" : "equal";
      expect(`${orientation}: ${await compare(bytes)}`).toBe(`${orientation}: ${plain}`);
    }
  });

  it("turns the picture as the camera noted", async () => {
    const bytes = await sharp()(Buffer.from([...Array(64).keys()].map((at) => at * 4)), {
      raw: { width: 16, height: 4, channels: 1 },
    })
      .jpeg({ quality: 100 })
      .toBuffer();
    for (let orientation = 1; orientation <= 8; orientation++) {
      expect(`${orientation}: ${await compare(withOrientation(bytes, orientation))}`).toBe(`${orientation}: equal`);
    }
  });

  it("leaves it to sharp which of two orientations counts, and whether a revision of JFIF is known", async () => {
    const regular = await sharp()({ create: { width: 8, height: 8, channels: 3, background: "#8a3" } })
      .jpeg()
      .toBuffer();
    const others = [
      withOrientation(regular, 3, 6),
      withOrientation(withOrientation(regular, 3), 6),
      withOrientation(withOrientation(regular, 3)), // one that says nothing, and one
    ];
    for (const bytes of others) expect(decodeRegular(bytes, asInFile)).toBeUndefined();
    const revision = Buffer.from(regular);
    revision[regular.indexOf("JFIF", 0, "latin1") + 5] = 2;
    expect(await bySharp(revision)).toBeInstanceOf(Error);
    expect(await compare(revision)).toBe("left to sharp");
  });

  it.each([
    [2, 12],
    [3, 30],
    [1, 255],
  ])("has nothing left of a Huffman table with too many codes: of %i bits %i", async (bits, codes) => {
    const raw = randomPixels(new Random(6), 64 * 64, false);
    const regular = await sharp()(raw, { raw: { width: 64, height: 64, channels: 1 } })
      .jpeg()
      .toBuffer();
    expect(await compare(regular)).toBe("equal");
    const counts = Buffer.alloc(16);
    counts[bits - 1] = codes;
    const table = Buffer.concat([Buffer.from([0xff, 0xc4, 0, 0, 0]), counts, Buffer.alloc(codes)]);
    table.writeUInt16BE(table.length - 2, 2);
    expect(
      decodeRegular(Buffer.concat([regular.subarray(0, 2), table, regular.subarray(2)]), asInFile),
    ).toBeUndefined();
    expect(await compare(regular)).toBe("equal");
  });

  it("follows no EXIF offset around the end of the addresses", async () => {
    const jpeg = withOrientation(
      await sharp()({ create: { width: 8, height: 8, channels: 3, background: "#8a3" } })
        .jpeg()
        .toBuffer(),
      1,
    );
    const tiff = jpeg.indexOf("MM\0*", 0, "latin1");
    for (let start = 0; start < 2 ** 20; start += 16) {
      jpeg.writeUInt32BE(2 ** 32 - 2 - start - tiff, tiff + 4); // the file may begin at any such address
      expect(decodeRegular(jpeg, asInFile)).toBeUndefined();
    }
  });

  it.each(["progressive", "CMYK", "broken off"])("leaves what is not baseline to sharp: %s", async (kind) => {
    const image = sharp()({ create: { width: 40, height: 30, channels: 3, background: "#8a3" } });
    const baseline = await image.clone().jpeg().toBuffer();
    const bytes =
      kind === "progressive"
        ? await image.jpeg({ progressive: true }).toBuffer()
        : kind === "CMYK"
          ? await image.toColourspace("cmyk").jpeg().toBuffer()
          : baseline.subarray(0, baseline.length - 30);
    expect(decodeRegular(bytes, asInFile)).toBeUndefined();
  });

  it.skipIf(realData === undefined)("gives sharp's pixels for real X-rays", { timeout: 300_000 }, async () => {
    const folder = join(realData as string, "images");
    const files = readdirSync(folder).slice(0, full ? undefined : 60);
    for (const file of files) expect(await compare(readFileSync(join(folder, file)))).toBe("equal");
  });

  it("never reads sharper than sharp: mutated files are refused or decoded alike", { timeout: 600_000 }, async () => {
    const random = new Random(2);
    const tries = full ? 20_000 : 800;
    const bad: string[] = [];
    let accepted = 0;
    for (let attempt = 0; attempt < tries; attempt++) {
      const { base64 } = golden.files[random.integer(golden.files.length)] as { base64: string };
      const bytes = mutate(Buffer.from(base64, "base64"), random);
      const verdict = await compare(bytes);
      if (verdict === "equal") accepted++;
      else if (verdict !== "left to sharp") bad.push(`attempt ${attempt}: ${verdict}`);
    }
    expect(bad).toEqual([]);
    expect(accepted).toBeGreaterThan(tries / 100); // some changes leave a regular file
  });
});

describe("PNG", () => {
  const kinds = [8, 16].flatMap((bits) =>
    [1, 3].map((channels) => ({ bits: bits as 8 | 16, channels: channels as 1 | 3 })),
  );

  it.each(kinds)("gives sharp's pixels: $bits bits, $channels channels, all filters", async ({ bits, channels }) => {
    const random = new Random(3);
    for (let round = 0; round < 12; round++) {
      const bytes = await writePng(random, bits, channels, { adaptiveFiltering: round % 2 === 0 });
      expect(await compare(bytes, bits)).toBe("equal");
    }
  });

  it.each(kinds)(
    "undoes every filter, whatever the bytes: $bits bits, $channels channels",
    async ({ bits, channels }) => {
      const random = new Random(5);
      for (let round = 0; round < 12; round++) {
        const [width, height] = [1 + random.integer(40), 5 + random.integer(20)];
        const rowBytes = (width * channels * bits) / 8;
        const lines = randomPixels(random, height * (rowBytes + 1), false);
        for (let row = 0; row < height; row++) lines[row * (rowBytes + 1)] = row < 5 ? row : random.integer(5);
        expect(await compare(pngOf(lines, { width, height, bits, channels }), bits)).toBe("equal");
      }
    },
  );

  it("leaves interlaced, transparent and palette files to sharp", async () => {
    const image = sharp()({ create: { width: 40, height: 30, channels: 4, background: "#8a38" } });
    expect(decodeRegular(await image.clone().png().toBuffer(), asInFile)).toBeUndefined();
    const opaque = image.removeAlpha();
    expect(decodeRegular(await opaque.clone().png({ progressive: true }).toBuffer(), asInFile)).toBeUndefined();
    expect(decodeRegular(await opaque.png({ palette: true }).toBuffer(), asInFile)).toBeUndefined();
  });

  it("leaves a stream to sharp that refers back further than it says, or could", async () => {
    const header = { width: 1000, height: 2, bits: 8, channels: 1 };
    const row = randomPixels(new Random(7), 1000, false);
    const lines = Buffer.concat([Buffer.of(0), row, Buffer.of(0), row]);
    expect(await compare(pngOf(lines, header))).toBe("equal");
    const untrue = deflateSync(lines);
    untrue.writeUInt16BE(0x081d, 0); // a window of 256 bytes
    expect(await bySharp(pngOf(lines, header, untrue))).toBeInstanceOf(Error);
    expect(await compare(pngOf(lines, header, untrue))).toBe("left to sharp");
    const small = deflateSync(lines, { windowBits: 9 });
    expect(await bySharp(pngOf(lines, header, small))).toHaveLength(2000);
    expect(await compare(pngOf(lines, header, small))).toBe("left to sharp");
    const enough = deflateSync(lines, { windowBits: 11 });
    expect(await compare(pngOf(lines, header, enough))).toBe("equal");
  });

  it("leaves what has no room within 32 bits of addresses to sharp, before it is inflated", () => {
    const header = { rows: 47_000, cols: 47_000, bits: 8, channels: 1 } as const;
    expect(lineBytesOf(header)).toBeUndefined();
    expect(pngPixels(new Uint8Array(0), header)).toBeUndefined();
  });

  it("refuses or decodes mutated files as sharp does", { timeout: 300_000 }, async () => {
    const random = new Random(4);
    const tries = full ? 4_000 : 300;
    const bad: string[] = [];
    let accepted = 0;
    for (let attempt = 0; attempt < tries; attempt++) {
      const regular = await writePng(random, 8, attempt % 2 ? 1 : 3, {});
      const bytes = withSums(mutate(regular, random), random.integer(4) > 0);
      const verdict = await compare(bytes);
      if (verdict === "equal") accepted++;
      else if (verdict !== "left to sharp") bad.push(`attempt ${attempt}: ${verdict}`);
    }
    expect(bad).toEqual([]);
    expect(accepted).toBeGreaterThan(tries / 10);
  });
});

describe("size", () => {
  it("is kept where an image has the one that is asked for, turned as its camera noted, as sharp would", async () => {
    const random = new Random(8);
    const pngs = [8, 16].flatMap((bits) => [1, 3].map((channels) => [bits as 8 | 16, channels as 1 | 3] as const));
    const jpegs = golden.files.map(({ base64 }, at) => withOrientation(Buffer.from(base64, "base64"), 1 + (at % 8)));
    const files = [...jpegs, ...(await Promise.all(pngs.map((kind) => writePng(random, ...kind, {}))))];
    let own = 0;
    for (const [at, bytes] of files.entries()) {
      const shape = decodeRegular(bytes, asInFile)?.shape;
      if (shape === undefined) continue;
      const [channels, rows, cols] = shape;
      const fit = (["stretch", "contain", "cover"] as const)[at % 3] as ReadOptions["fit"] & string;
      const options = {
        size: [rows, cols],
        fit,
        colour: channels === 1 ? "grey" : "rgb",
        upright: rows >= cols,
      } as const;
      const ours = decodeRegular(bytes, readSettings(options));
      const { decoder, ...theirs } = await decodeOther({ id: "", file: "" }, bytes, readSettings(options));
      expect(decoder).toBe("sharp");
      expect(ours).toEqual(theirs);
      expect(decodeRegular(bytes, readSettings({ ...options, size: [rows, cols + 1] }))).toBeUndefined();
      own++;
    }
    expect(own).toBeGreaterThan(100);
  });
});

describe("memory", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;

  it.each(["jpeg", "png"] as const)(
    "is given back after a large image and kept after a small one: %s",
    async (format) => {
      const decoder = { jpeg, png }[format];
      const decode = async (side: number): Promise<void> => {
        const image = sharp()({ create: { width: side, height: side, channels: 3, background: "#888" } });
        const bytes = await image.toColourspace("b-w")[format]({ compressionLevel: 1 }).toBuffer();
        expect(decodeRegular(bytes, asInFile)?.shape).toEqual([1, side, side]);
      };
      const collected = async (): Promise<void> => {
        await setImmediate();
        collect();
      };
      await decode(9000);
      await collected();
      expect(decoder.host).toBeUndefined();
      await decode(90);
      await collected();
      expect(decoder.host?.memory.buffer.byteLength).toBeLessThan(2 ** 20);
    },
  );
});

it("leaves scaling, turning and converting to sharp, and crops itself", async () => {
  const bytes = await sharp()({ create: { width: 40, height: 30, channels: 3, background: "#8a3" } })
    .png()
    .toBuffer();
  expect(decodeRegular(bytes, readSettings({ size: 20 }))).toBeUndefined();
  expect(decodeRegular(bytes, readSettings({ colour: "grey" }))).toBeUndefined();
  expect(decodeRegular(bytes, readSettings({ upright: true }))).toBeUndefined();
  expect(decodeRegular(bytes, readSettings({ pixelLimit: 100 }))).toBeUndefined();
  expect(decodeRegular(bytes, readSettings({ size: [10, 50], fit: "crop" }))?.shape).toEqual([3, 10, 50]);
});

/** Changes, removes or repeats a few bytes. */
function mutate(bytes: Buffer, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  for (let times = 1 + random.integer(3); times > 0; times--)
    changed[random.integer(changed.length)] = random.integer(256);
  if (random.integer(8) === 0) return changed.subarray(0, random.integer(changed.length));
  return random.integer(8) === 0 ? Buffer.concat([changed, changed.subarray(0, random.integer(40))]) : changed;
}

async function writePng(random: Random, bits: 8 | 16, channels: 1 | 3, options: object): Promise<Buffer> {
  const [width, height] = [1 + random.integer(40), 1 + random.integer(40)];
  const raw = randomPixels(random, (width * height * channels * bits) / 8, random.integer(2) === 0);
  const space = channels === 1 ? (bits === 16 ? "grey16" : "b-w") : bits === 16 ? "rgb16" : "srgb";
  const values = bits === 16 ? new Uint16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length)) : raw;
  return sharp()(values, { raw: { width, height, channels } }).toColourspace(space).png(options).toBuffer();
}

/** A PNG file that was changed, with sums that are right for what stands there; perhaps also that of the inflated bytes. */
function withSums(bytes: Buffer, ofInflated: boolean): Buffer {
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) return bytes;
    const content = bytes.subarray(at + 8, end - 4);
    if (ofInflated && bytes.toString("latin1", at + 4, at + 8) === "IDAT") sumInflated(content);
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end - 4)), end - 4);
    at = end;
  }
  return bytes;
}

function sumInflated(stream: Buffer): void {
  try {
    const inflated = inflateRawSync(stream.subarray(2), { finishFlush: constants.Z_SYNC_FLUSH });
    stream.set(deflateSync(inflated).subarray(-4), stream.length - 4);
  } catch {
    // It is broken otherwise, too.
  }
}

/** A PNG file of these filtered rows. */
function pngOf(
  lines: Buffer,
  { width, height, bits, channels }: Readonly<Record<"width" | "height" | "bits" | "channels", number>>,
  deflated = deflateSync(lines),
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, channels === 1 ? 0 : 2], 8);
  const chunk = (name: string, content: Buffer): Buffer => {
    const [length, sum, named] = [Buffer.alloc(4), Buffer.alloc(4), Buffer.concat([Buffer.from(name), content])];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflated), chunk("IEND", Buffer.alloc(0))]);
}

/** Puts an EXIF segment with nothing but the orientations behind the start marker. */
function withOrientation(jpeg: Buffer, ...orientations: readonly number[]): Buffer {
  const entries = orientations.map((orientation) => Buffer.from([1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]));
  const tiff = Buffer.from([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, entries.length]);
  const content = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff, ...entries, Buffer.alloc(4)]);
  const head = Buffer.from([0xff, 0xe1, 0, content.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, content, jpeg.subarray(2)]);
}
