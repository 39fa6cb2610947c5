import { describe, expect, it } from "vitest";
import {
  type CompressOptions,
  DataError,
  type Embedding,
  OptionError,
  ShapeError,
  compress,
  privatize,
  reconstruct,
  subBandShape,
  toSettings,
  waveletNames,
} from "../../src/index";
import { Random } from "../../src/core/random";
import { reconstructImage } from "../../src/compress/definition";
import { createEmbedding } from "../../src/compress/results";
import { embeddingSize } from "../../src/compress/settings";
import { goldenCases, goldenImage } from "./golden";

const rebuilt = goldenCases.filter((golden) => golden.reconstruction !== undefined);

describe("reconstruct", () => {
  it.each(rebuilt)("gives the reference values of $name at both sizes", async (golden) => {
    const { level, patchGrid, wavelet, poolings, reconstruction, compactReconstruction } = golden;
    const embedding = await compress(goldenImage(golden), { level, patchGrid, wavelet, pooling: poolings });
    const original = await reconstruct(embedding);
    expect(original.shape.slice(1)).toEqual(reconstruction?.shape);
    expect(original.pixels).toBeAllclose(reconstruction?.values ?? [], { rtol: 1e-5 });
    const compact = await reconstruct(embedding, { size: "compact" });
    expect(compact.shape.slice(1)).toEqual(compactReconstruction?.shape);
    expect(compact.pixels).toBeAllclose(compactReconstruction?.values ?? [], { rtol: 1e-5 });
  });

  it("picks one of several poolings", async () => {
    const golden = goldenCases[1];
    if (golden === undefined) throw new Error("no golden case");
    const settings = { level: 2, patchGrid: 3 };
    const several = await compress(goldenImage(golden), { ...settings, pooling: ["max", "sum", "l1"] });
    const single = await compress(goldenImage(golden), { ...settings, pooling: "sum" });
    expect(await reconstruct(several, { pooling: "sum" })).toEqual(await reconstruct(single));
  });

  it("enlarges the sides below minSize by bilinear interpolation, by hand", async () => {
    // One patch a sub-band and a constant image: 2x2 equal pixels; two poolings of columns make a ramp.
    const pixels = Uint8Array.of(0, 0, 255, 255, 0, 0, 255, 255);
    const images = { pixels, shape: [1, 1, 2, 4], ids: ["step"] } as const;
    const embedding = await compress(images, { level: 1, patchGrid: [1, 2], pooling: "sum" });
    expect((await reconstruct(embedding, { size: "compact" })).pixels).toBeAllclose([0, 0, 1, 1, 0, 0, 1, 1], {
      atol: 1e-6,
    });
    const wide = await reconstruct(embedding, { size: "compact", minSize: [2, 8] });
    // Centres of the eight pixels fall at -.25, .25, .75, 1.25, 1.75, 2.25, 2.75, 3.25 of the four.
    const row = [0, 0, 0, 0.25, 0.75, 1, 1, 1];
    expect(wide.shape).toEqual([1, 1, 2, 8]);
    expect(wide.pixels).toBeAllclose([...row, ...row], { atol: 1e-6 });
    expect((await reconstruct(embedding, { size: "compact", minSize: [3, 2] })).shape).toEqual([1, 1, 3, 4]);
  });
});

describe("the inverse kernel", () => {
  it.each(waveletNames)("agrees with the plain definition for %s at both sizes", async (wavelet) => {
    const random = new Random(11);
    const imageShape = [2, 29, 38] as const;
    const settings = toSettings({ level: 2, patchGrid: [3, 4], wavelet, pooling: ["max", "sum"] }, "test");
    const size = embeddingSize(settings, imageShape);
    const values = Float32Array.from({ length: 3 * size }, () => random.normal());
    const embedding = createEmbedding({ values, settings, imageShape, ids: ["a", "b", "c"] }, "test");
    const second = Float64Array.from({ length: size / 2 }, (_, at) => values[size + 2 * at + 1] as number);
    for (const kept of ["original", "compact"] as const) {
      const { pixels, shape } = await reconstruct(embedding, { size: kept, pooling: "sum", workers: 1 });
      const expected = reconstructImage(second, settings, imageShape, kept);
      expect(shape.slice(1)).toEqual(expected.shape);
      const length = expected.values.length;
      expect(pixels.subarray(length, 2 * length)).toBeAllclose(expected.values, { rtol: 1e-5 });
    }
  });

  it("agrees with the plain definition on random levels, grids and sizes, on any number of threads", async () => {
    const random = new Random(12);
    for (let draw = 0; draw < 60; draw++) {
      const level = 1 + random.integer(6);
      const side = (): number => 2 ** level + random.integer(90);
      const imageShape = [1 + random.integer(3), side(), side()] as const;
      const [rows, cols] = subBandShape(level, [imageShape[1], imageShape[2]]);
      const patchGrid = [1 + random.integer(rows), 1 + random.integer(cols)] as const;
      const wavelet = (["haar", "db2", "bior3.3", "coif2"] as const)[random.integer(4)] ?? "haar";
      const settings = toSettings({ level, patchGrid, wavelet }, "test");
      const values = Float32Array.from({ length: embeddingSize(settings, imageShape) }, () => random.normal());
      const embedding = createEmbedding({ values, settings, imageShape, ids: ["one"] }, "test");
      const { pixels } = await reconstruct(embedding, { workers: 1 + random.integer(2) });
      const expected = reconstructImage(Float64Array.from(values), settings, imageShape);
      expect(pixels).toBeAllclose(expected.values, { rtol: 1e-5 });
    }
  });
});

describe("reconstruct refuses", () => {
  const golden = goldenCases[0];
  const options: CompressOptions = { level: 1, patchGrid: 4, pooling: ["l1", "sum"] };
  const embedding = (): Promise<Embedding> => {
    if (golden === undefined) throw new Error("no golden case");
    return compress(goldenImage(golden), options);
  };

  it("several poolings without a choice, and one that the embedding has not", async () => {
    await expect(reconstruct(await embedding())).rejects.toThrow("pooling, one of l1, sum, got none");
    await expect(reconstruct(await embedding(), { pooling: "max" })).rejects.toThrow(OptionError);
  });

  it("an unknown size, and minSize at original size", async () => {
    const wrong = { pooling: "l1", size: "half" as "compact" } as const;
    await expect(reconstruct(await embedding(), wrong)).rejects.toThrow('size "original" or "compact", got "half"');
    await expect(reconstruct(await embedding(), { pooling: "l1", minSize: [64, 64] })).rejects.toThrow("minSize only");
    const fraction = { pooling: "l1", size: "compact", minSize: [0.5, 1] } as const;
    await expect(reconstruct(await embedding(), fraction)).rejects.toThrow("minSize [rows, cols] of whole numbers");
    const none = { ...fraction, minSize: null as unknown as readonly [number, number] };
    await expect(reconstruct(await embedding(), none)).rejects.toThrow(
      "minSize [rows, cols] of whole numbers, got null",
    );
  });

  it("workers that are none, in its own name", async () => {
    const workers = reconstruct(await embedding(), { pooling: "l1", workers: 0 });
    await expect(workers).rejects.toThrow("reconstruct: workers a whole number");
  });

  it("more images, and larger ones, than there is memory for", async () => {
    const settings = toSettings({ level: 2, patchGrid: 4 }, "test");
    const giants = (count: number): Embedding => {
      const ids = Array.from({ length: count }, (_, at) => `${at}`);
      const imageShape = [1, 16384, 16384] as const;
      const values = new Float32Array(count * embeddingSize(settings, imageShape));
      return createEmbedding({ values, settings, imageShape, ids }, "test");
    };
    await expect(reconstruct(giants(100))).rejects.toThrow(ShapeError);
    await expect(reconstruct(giants(100))).rejects.toThrow("reconstruct: a result that fits memory");
    await expect(reconstruct(giants(1))).rejects.toThrow(
      /^reconstruct: images of which a channel fits the 4 GB of the kernels' memory, got .* bytes; use size "compact"$/,
    );
    expect((await reconstruct(giants(1), { size: "compact" })).shape).toEqual([1, 1, 16, 16]);
  });

  it("to enlarge further once its signal is aborted", async () => {
    const stop = new AbortController();
    const options = { pooling: "l1", size: "compact", minSize: [4000, 4000], signal: stop.signal } as const;
    const stopped = reconstruct(await embedding(), {
      ...options,
      // All is rebuilt by then, and the pause after it over.
      onProgress: ({ done }) => done === 1 && setImmediate(() => setImmediate(() => stop.abort(new Error("enough")))),
    });
    await expect(stopped).rejects.toThrow("enough");
  });

  it("a minSize that no memory holds", async () => {
    const huge = { pooling: "l1", size: "compact", minSize: [2 ** 20, 2 ** 20] } as const;
    await expect(reconstruct(await embedding(), huge)).rejects.toThrow(OptionError);
    await expect(reconstruct(await embedding(), huge)).rejects.toThrow("use a smaller minSize");
  });

  it("what is not an embedding: a promise of one, nothing, a list, images", async () => {
    const images = { pixels: new Uint8Array(1), shape: [1, 1, 1, 1], ids: ["a"] };
    for (const wrong of [embedding(), undefined, [await embedding()], images]) {
      await expect(reconstruct(wrong as unknown as Embedding)).rejects.toThrow(DataError);
    }
    await expect(reconstruct(embedding() as unknown as Embedding)).rejects.toThrow("got a Promise; await it");
  });

  it("an embedding whose values do not fit its shape", async () => {
    const whole = await embedding();
    const broken: Embedding = { ...whole, values: whole.values.subarray(1) };
    await expect(reconstruct(broken, { pooling: "l1" })).rejects.toThrow(ShapeError);
    await expect(reconstruct({ ...whole, ids: ["a", "b"] }, { pooling: "l1" })).rejects.toThrow("for 2 ids");
  });
});

describe("privatize", () => {
  it.each(["original", "compact"] as const)("is compress, then reconstruct, at %s size", async (size) => {
    const golden = goldenCases[4];
    if (golden === undefined) throw new Error("no golden case");
    const options = { level: 2, patchGrid: 3 };
    const images = goldenImage(golden);
    const expected = await reconstruct(await compress(images, options), { size });
    expect(await privatize(images, { ...options, size })).toEqual(expected);
  });

  it("shows its images on one printed scale", async () => {
    const golden = goldenCases[4];
    if (golden === undefined) throw new Error("no golden case");
    const images = await privatize(goldenImage(golden), { level: 2, patchGrid: 3 });
    expect(images.view()).toMatchObject({ kind: "picture", tiles: [{ range: [0, 1], shape: [3, 32, 24] }] });
  });
});
