import { describe, expect, it } from "vitest";
import {
  type CompressOptions,
  DataError,
  type Images,
  type PrivatizeOptions,
  OptionError,
  ShapeError,
  compress,
  explain,
  inMemoryRatio,
  privatize,
  toSettings,
} from "../../src/index";
import type { CompressedBatch, CompressingStream } from "../../src/compress/compress";
import { Random } from "../../src/core/random";
import { goldenCases, goldenImage } from "./golden";

function noise(shape: Images["shape"], seed = 1): Images & { pixels: Uint8Array } {
  const random = new Random(seed);
  const pixels = Uint8Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.integer(256));
  return { pixels, shape, ids: Array.from({ length: shape[0] }, (_, image) => `image ${image}`) };
}

async function* stream(...batches: readonly Images[]): AsyncGenerator<Images> {
  for (const batch of batches) yield Promise.resolve(batch);
}

describe("compress", () => {
  it.each(goldenCases)("gives the reference values of $name", async (golden) => {
    const { level, patchGrid, wavelet, poolings } = golden;
    const embedding = await compress(goldenImage(golden), { level, patchGrid, wavelet, pooling: poolings });
    expect(embedding.values).toBeAllclose(golden.embedding, { rtol: 1e-5 });
    expect(embedding.shape).toEqual([1, golden.channels, 4 ** level, ...patchGrid, poolings.length]);
  });

  it.each(goldenCases)("gives the reference values of $name for 16-bit and floating-point pixels", async (golden) => {
    const { level, patchGrid, wavelet, poolings } = golden;
    const image = goldenImage(golden);
    const float = { ...image, pixels: Float32Array.from(image.pixels, (value) => value / 255) };
    const wide = { ...image, pixels: Uint16Array.from(image.pixels, (value) => value * 257) };
    for (const images of [float, wide]) {
      const embedding = await compress(images, { level, patchGrid, wavelet, pooling: poolings });
      expect(embedding.values).toBeAllclose(golden.embedding, { rtol: 1e-5 });
    }
  });

  it("separates an 8x8 ramp by hand: rows rise by 16, columns by 2", async () => {
    const pixels = Uint8Array.from({ length: 64 }, (_, at) => 16 * Math.floor(at / 8) + 2 * (at % 8));
    const ramp: Images = { pixels, shape: [1, 1, 8, 8], ids: ["ramp"] };
    const { values } = await compress(ramp, { level: 1, patchGrid: 1, pooling: "sum" });
    // Haar on a 2x2 block a, a+2, a+16, a+18: A = (4a + 36) / 2, V = 4 / 2, H = 32 / 2, D = 0; 16 blocks, mean a = 54.
    const expected = [(16 * (4 * 54 + 36)) / 2, (16 * 4) / 2, (16 * 32) / 2, 0];
    expect(values).toBeAllclose(
      expected.map((value) => value / 255),
      { rtol: 1e-6 },
    );
  });

  it("answers to vertical edges in V and to horizontal ones in H", async () => {
    const edge = (vertical: boolean): Images => ({
      pixels: Uint8Array.from({ length: 64 }, (_, at) => ((vertical ? at % 8 : Math.floor(at / 8)) < 3 ? 0 : 255)),
      shape: [1, 1, 8, 8],
      ids: ["edge"],
    });
    const settings = { level: 1, patchGrid: 1 } as const;
    const [, v1 = 0, h1 = 0] = (await compress(edge(true), settings)).values;
    const [, v2 = 0, h2 = 0] = (await compress(edge(false), settings)).values;
    expect([v1 > 0, h1, v2, h2 > 0]).toEqual([true, 0, 0, true]);
  });

  it("compresses a stream of batches to what one batch gives, and into a caller's buffer", async () => {
    const images = noise([5, 2, 12, 10]);
    const options: CompressOptions = { level: 2, patchGrid: [2, 3], pooling: ["l1", "max"] };
    const whole = await compress(images, options);
    const part = (from: number, to: number): Images => ({
      pixels: images.pixels.subarray(from * 240, to * 240),
      shape: [to - from, 2, 12, 10],
      ids: images.ids.slice(from, to),
    });
    const out = new Float32Array(whole.values.length + 7);
    const streamed = await compress(stream(part(0, 2), part(2, 2), part(2, 5)), { ...options, out });
    expect(streamed).toEqual(whole);
    expect(streamed.values.buffer).toBe(out.buffer);
  });

  it("leaves its input alone and gives the same bytes at every call", async () => {
    const images = noise([3, 1, 9, 9]);
    const before = images.pixels.slice();
    const first = await compress(images, { level: 1, patchGrid: 2 });
    expect(await compress(images, { level: 1, patchGrid: 2 })).toEqual(first);
    expect(images.pixels).toEqual(before);
  });

  it("compresses no images to no values", async () => {
    const none = { pixels: new Uint8Array(0), shape: [0, 1, 8, 8], ids: [] } as const;
    expect((await compress(none, { level: 1, patchGrid: 2 })).shape).toEqual([0, 1, 4, 2, 2, 1]);
  });

  it("gathers what a stream compresses itself, also where it promises far more images than memory holds", async () => {
    const options = { level: 1, patchGrid: 4, workers: 2 } as const;
    const images = noise([3, 1, 16, 16]);
    const { values, ids, imageShape } = await compress(images, options);
    const lent = new Float32Array(values.length);
    async function* compressed(): AsyncGenerator<CompressedBatch> {
      for (let image = 0; image < 3; image++) {
        lent.set(values.subarray(image * 64, (image + 1) * 64)); // every batch in the same memory
        yield await Promise.resolve({ values: lent.subarray(0, 64), imageShape, ids: [ids[image] as string] });
      }
    }
    for (const count of [64, 2 ** 45]) {
      const promising: CompressingStream = { count, compressed, [Symbol.asyncIterator]: () => stream(images) };
      expect((await compress(promising, options)).values).toEqual(values);
    }
  });

  it("shows itself as one line, and as a table with its sub-bands", async () => {
    const embedding = await compress(noise([2, 1, 16, 16]), { level: 2, patchGrid: 2 });
    expect(embedding.view()).toMatchObject({ kind: "page", views: [{ kind: "table" }, { kind: "picture" }] });
    expect(JSON.stringify(embedding.view())).toContain("25.0 %");
    expect(inMemoryRatio(toSettings({ level: 2, patchGrid: 2 }, "test"), [1, 16, 16])).toBe(25);
  });
});

describe("compress refuses", () => {
  const images = noise([2, 1, 16, 12]);
  const fine: CompressOptions = { level: 2, patchGrid: 2 };

  it.each([
    ["level 0", { level: 0 }, "level a whole number from 1"],
    ["level 1.5", { level: 1.5 }, "level a whole number from 1"],
    ["a patch grid of 0", { patchGrid: 0 }, "patchGrid a whole number of at least 1"],
    ["a patch grid of three", { patchGrid: [1, 2, 3] as unknown as [number, number] }, "patchGrid"],
    ["an unknown wavelet", { wavelet: "db99" as "db9" }, "wavelet one of haar, db1"],
    ["an unknown pooling", { pooling: "mean" as "sum" }, "pooling one of l1, l2"],
    ["no pooling", { pooling: [] }, "pooling one of l1, l2"],
    ["a pooling twice", { pooling: ["l1", "l1"] as const }, "each once"],
    ["a pooling that is a number", { pooling: 3 as unknown as "sum" }, "pooling one of l1, l2"],
    ["a pooling that is null", { pooling: null as unknown as "sum" }, "got null"],
    ["a buffer of another type", { out: new Float64Array(128) as unknown as Float32Array }, "got Float64Array"],
    ["a buffer too short", { out: new Float32Array(3) }, "out of at least 128 numbers, got 3"],
  ])("%s", async (_, wrong, message) => {
    await expect(compress(images, { ...fine, ...wrong })).rejects.toThrow(OptionError);
    await expect(compress(images, { ...fine, ...wrong })).rejects.toThrow(message);
  });

  it.each([
    ["a side below 2^J", { level: 4 }, "level 4 needs sides of at least 16, got 16x12; use level <= 3"],
    ["a grid larger than the sub-band", { patchGrid: [4, 4] as const }, "patchGrid at most 4x3"],
  ])("%s", async (_, wrong, message) => {
    await expect(compress(images, { ...fine, ...wrong })).rejects.toThrow(ShapeError);
    await expect(compress(images, { ...fine, ...wrong })).rejects.toThrow(message);
  });

  it.each([
    [{ levels: 1, patchGrid: 1 }, "got levels; did you mean level?"],
    [{ level: 1, patch_grid: 1 }, "got patch_grid; did you mean patchGrid?"],
  ])("a misspelt setting %o by its name, and so do privatize and explain", async (wrong, message) => {
    const options = wrong as unknown as CompressOptions;
    await expect(compress(images, options)).rejects.toThrow(message);
    await expect(privatize(images, options as PrivatizeOptions)).rejects.toThrow(message);
    expect(() => explain(options, { imageShape: [1, 16, 12] })).toThrow(message);
  });

  it.each([compress, privatize])("to start without options", async (verb) => {
    const none = undefined as unknown as { level: number; patchGrid: number };
    await expect(verb(images, none)).rejects.toThrow(OptionError);
    const nan = verb(images, { level: NaN, patchGrid: 1 });
    await expect(nan).rejects.toThrow(/level a whole number from 1 to 15, got NaN$/);
    await expect(verb(images, none)).rejects.toThrow("options with level and patchGrid, got undefined");
  });

  it.each([
    [Array.from(images.pixels), "got Array"],
    [Float64Array.from(images.pixels), "got Float64Array"],
    [Int16Array.from(images.pixels), "got Int16Array"],
    [undefined, "got undefined"],
  ])("pixels of another type (%#)", async (pixels, message) => {
    const wrong = { ...images, pixels } as unknown as Images;
    await expect(compress(wrong, fine)).rejects.toThrow(DataError);
    await expect(compress(wrong, fine)).rejects.toThrow(message);
    await expect(compress(stream(wrong), fine)).rejects.toThrow(message);
  });

  it("no Buffer: it is a Uint8Array", async () => {
    const { values } = await compress({ ...images, pixels: Buffer.from(images.pixels) }, fine);
    expect(values).toEqual((await compress(images, fine)).values);
  });

  it("images without ids, and without a shape", async () => {
    const noIds = { ...images, ids: undefined } as unknown as Images;
    await expect(compress(noIds, fine)).rejects.toThrow(DataError);
    await expect(compress(noIds, fine)).rejects.toThrow("ids in an array, one an image, got undefined");
    const noShape = { ...images, shape: undefined } as unknown as Images;
    await expect(compress(noShape, fine)).rejects.toThrow(ShapeError);
    await expect(compress(noShape, fine)).rejects.toThrow("shape [image, channel, row, col]");
  });

  it.each([
    [Promise.resolve(images), "got a Promise; await it"],
    [undefined, "got undefined"],
    [[images], "got Array"],
    ["scans", 'got "scans"; read files with await readImages(path)'],
    [{ name: "set", images: () => stream() }, "got { name, images }; give its images()"],
  ])("what is not images (%#), and so does privatize", async (wrong, message) => {
    for (const verb of [compress, privatize]) {
      await expect(verb(wrong as unknown as Images, { level: 2, patchGrid: 2 })).rejects.toThrow(DataError);
      await expect(verb(wrong as unknown as Images, { level: 2, patchGrid: 2 })).rejects.toThrow(message);
    }
  });

  it("pixels of the wrong length", async () => {
    const short = { ...images, pixels: images.pixels.subarray(1) };
    await expect(compress(short, fine)).rejects.toThrow("384 pixels for shape [2, 1, 16, 12], got 383");
  });

  it.each([Number.NaN, Infinity, -3e38])("a pixel that is %s, naming the image", async (value) => {
    const pixels = Float32Array.from(images.pixels);
    pixels[200] = value;
    await expect(compress({ ...images, pixels }, fine)).rejects.toThrow(DataError);
    await expect(compress({ ...images, pixels }, fine)).rejects.toThrow('in image "image 1" at row 0, col 8');
  });

  it("duplicate ids, also across the batches of a stream", async () => {
    await expect(compress({ ...images, ids: ["a", "a"] }, fine)).rejects.toThrow('"a" twice');
    await expect(compress(stream(images, images), fine)).rejects.toThrow('"image 0" twice');
  });

  it("batches of two shapes, and a stream without any", async () => {
    await expect(compress(stream(images, noise([1, 1, 16, 16])), fine)).rejects.toThrow("every batch of one shape");
    await expect(compress(stream(), fine)).rejects.toThrow("an empty stream");
  });

  it("a buffer that lies in the pixels' memory, even where only in part", async () => {
    const memory = new ArrayBuffer(4 * 3 * 64);
    const pixels = new Float32Array(memory, 0, 128);
    const floats: Images = { pixels, shape: [2, 1, 8, 8], ids: ["a", "b"] };
    for (const first of [0, 60, 127]) {
      const out = new Float32Array(memory, 4 * first, 64);
      await expect(compress(floats, { level: 1, patchGrid: 1, out })).rejects.toThrow("out apart from the pixels");
    }
    const out = new Float32Array(memory, 4 * 128);
    expect((await compress(floats, { level: 1, patchGrid: 1, out })).values.buffer).toBe(memory);
  });

  it("to wait for a stream once its signal is aborted, and tells the stream so", async () => {
    const stop = new AbortController();
    let returned = 0;
    let fail = (): void => undefined;
    const batches = [Promise.resolve({ done: false, value: images } as const)];
    const slow = {
      next: () => batches.shift() ?? new Promise<never>((_, reject) => (fail = (): void => reject(new Error("late")))),
      return: () => {
        returned++;
        return new Promise<never>(() => undefined);
      },
    };
    const stopped = compress({ [Symbol.asyncIterator]: () => slow }, { ...fine, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 20);
    await expect(stopped).rejects.toThrow("enough");
    expect(returned).toBe(1);
    fail();
    await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection fails the test
  });

  it("to look at many more pixels, or to add more noise, once its signal is aborted", async () => {
    const side = 4096;
    const pixels = new Float32Array(2 * side * side);
    pixels[pixels.length - 1] = NaN;
    const floats: Images = { pixels, shape: [2, 1, side, side], ids: ["a", "b"] };
    const many = noise([60, 1, 64, 64]);
    const slow = { level: 1, patchGrid: 32, noise: { epsilon: 1 } };
    for (const [given, options] of [
      [floats, fine],
      [many, slow],
    ] as const) {
      const stop = new AbortController();
      setImmediate(() => stop.abort(new Error("enough")));
      await expect(compress(given, { ...options, signal: stop.signal })).rejects.toThrow("enough");
    }
    await expect(compress(floats, fine)).rejects.toThrow('got NaN in image "b" at row 4095, col 4095');
  });

  it("to go on once its signal is aborted", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(compress(images, { ...fine, signal })).rejects.toThrow("enough");
  });
});
