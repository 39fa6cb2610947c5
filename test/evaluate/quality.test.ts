import { describe, expect, test } from "vitest";
import type { Images } from "../../src/core/images";
import { evaluate } from "../../src/evaluate/evaluate";
import golden from "../golden/evaluate.json";

function grey(values: ArrayLike<number>, rows: number, cols: number, id = "one"): Images {
  return { pixels: Float32Array.from(values), shape: [1, 1, rows, cols], ids: [id] };
}

describe.each(golden.ssim)("shape $shape, window $window, data range $dataRange", (expected) => {
  const { window, dataRange } = expected;
  const shape = [1, ...expected.shape] as unknown as Images["shape"];
  const original: Images = { pixels: Uint8Array.from(expected.a), shape, ids: ["x"] };
  const reconstruction: Images = { pixels: Float32Array.from(expected.b), shape, ids: ["x"] };

  test("SSIM and PSNR equal scikit-image", async () => {
    const result = await evaluate.quality(original, reconstruction, { window, dataRange });
    expect(result.ssim).toBeAllclose([expected.ssim], { atol: 1e-6 });
    expect(result.psnr).toBeAllclose([expected.psnr], { atol: 1e-6 });
  });
});

test("maps of SSIM have the mean that quality tells, over channels and matched by id", async () => {
  const values = Float32Array.from({ length: 2 * 3 * 100 }, (_, at) => ((at * 37) % 101) / 101);
  const original: Images = { pixels: values, shape: [2, 3, 10, 10], ids: ["a", "b"] };
  const other: Images = { pixels: values.slice().reverse(), shape: [2, 3, 10, 10], ids: ["b", "a"] };
  const { ssim } = await evaluate.quality(original, other, { window: 5 });
  const { pixels, shape, ids } = evaluate.ssimMaps(original, other, { window: 5 });
  expect(shape).toEqual([2, 1, 6, 6]);
  expect(ids).toEqual(["a", "b"]);
  const flat = Array.from(pixels);
  const means = [0, 1].map((image) => flat.slice(image * 36, (image + 1) * 36).reduce((a, b) => a + b, 0) / 36);
  expect(means).toBeAllclose(ssim, { atol: 1e-6 });
  const equal = evaluate.ssimMaps(original, original).pixels;
  expect(equal).toBeAllclose(new Float32Array(equal.length).fill(1), { atol: 1e-6 });
  expect(() => evaluate.ssimMaps(original, grey(new Array<number>(64).fill(0), 8, 8))).toThrow(/of 3x10x10/);
});

test("an image is equal to itself, and reconstructions are clamped to 0..1", async () => {
  const values = Array.from({ length: 64 }, (_, at) => (at % 2 === 0 ? 0 : 1));
  const beyond = values.map((value) => (value === 0 ? -0.5 : 1.5));
  const result = await evaluate.quality(grey(values, 8, 8), grey(beyond, 8, 8));
  expect(result.meanSsim.value).toBe(1);
  expect(result.meanPsnr.value).toBe(Infinity);
});

test("images are matched by id and averaged", async () => {
  const [a, b] = [new Array<number>(64).fill(0), Array.from({ length: 64 }, (_, at) => (at % 3) / 2)];
  const two = (first: number[], second: number[], ids: string[]): Images => ({
    pixels: Float32Array.from([...first, ...second]),
    shape: [2, 1, 8, 8],
    ids,
  });
  const result = await evaluate.quality(two(a, b, ["a", "b"]), two(b, a, ["b", "a"]));
  expect(Array.from(result.ssim)).toEqual([1, 1]);
});

test("the in-memory ratio is that of the embedding: (2, 3) on 24x24 is 25 %", async () => {
  const embedding = {
    values: new Float32Array(144),
    shape: [1, 1, 16, 3, 3, 1],
    settings: { level: 2, patchGrid: [3, 3], wavelet: "haar", pooling: ["l1"] },
    imageShape: [1, 24, 24],
    ids: ["x"],
  } as const;
  const image = grey(new Array<number>(576).fill(0.5), 24, 24);
  expect((await evaluate.quality(image, image, { embedding })).inMemoryRatio).toBe(25);
});

describe("refuses", () => {
  const image = grey(new Array<number>(64).fill(0.5), 8, 8);
  test("another size, naming the way out", async () => {
    await expect(evaluate.quality(image, grey(new Array<number>(16).fill(0), 4, 4))).rejects.toThrow(/"original"/);
  });
  test("an even window and one larger than the image", async () => {
    await expect(evaluate.quality(image, image, { window: 4 })).rejects.toThrow(/odd/);
    await expect(evaluate.quality(image, image, { window: 9 })).rejects.toThrow(/at least the window/);
  });
  test("an original without reconstruction", async () => {
    await expect(evaluate.quality(image, { ...image, ids: ["other"] })).rejects.toThrow(/"one" missing/);
  });
});
