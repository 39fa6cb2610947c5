import { expect, test } from "vitest";
import type { Images } from "../../src/core/images";
import { privatize } from "../../src/compress/privatize";
import { Random } from "../../src/core/random";
import { evaluate } from "../../src/evaluate/evaluate";

function grey(values: ArrayLike<number>, rows: number, cols: number): Images {
  return { pixels: Float32Array.from(values), shape: [1, 1, rows, cols], ids: ["one"] };
}

function noise(rows: number, cols: number): Images {
  const random = new Random(5);
  return grey(
    Float32Array.from({ length: rows * cols }, () => random.uniform()),
    rows,
    cols,
  );
}

test("blur and average pooling keeps a flat image flat and cuts off what fills no block", () => {
  const result = evaluate.blurPooling(grey(new Float32Array(35).fill(0.5), 7, 5), 3);
  expect(result.shape).toEqual([1, 1, 2, 1]);
  expect(result.pixels).toBeAllclose([0.5, 0.5], { atol: 1e-7 });
});

test("the blur of one bright pixel is the product of two Gaussians", () => {
  const spot = new Float32Array(81);
  spot[40] = 1;
  const tap = (at: number) => Math.exp(-(at ** 2) / 18);
  const sum = tap(-1) + tap(0) + tap(1);
  const result = evaluate.blurPooling(grey(spot, 9, 9), 3);
  // Three taps reach no further than the middle block, which holds all the light.
  expect(result.pixels).toBeAllclose([0, 0, 0, 0, 1 / 9, 0, 0, 0, 0], { atol: 1e-7 });
  const shifted = new Float32Array(81);
  shifted[3 * 9 + 3] = 1;
  const out = tap(1) / sum; // the share that leaves the middle block on each of two sides
  expect(evaluate.blurPooling(grey(shifted, 9, 9), 3).pixels[4]).toBeCloseTo((1 - out) ** 2 / 9, 6);
});

test("median pooling takes the middle of each block, the lower of two, mirrored at the edges", () => {
  expect(evaluate.medianPooling(grey([1, 9, 2, 8], 2, 2), 2).pixels).toEqual(Float32Array.of(2));
  const row = evaluate.medianPooling(grey([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], 3, 3), 3);
  expect(row.pixels).toEqual(Float32Array.of(0.5));
  expect(evaluate.medianPooling(noise(7, 10), 3).shape).toEqual([1, 1, 3, 4]);
});

test("the nearest settings to privatized images are their own", async () => {
  const images = noise(32, 32);
  const candidates = [
    { level: 1, patchGrid: 2 },
    { level: 1, patchGrid: 8 },
    { level: 2, patchGrid: 4 },
  ];
  const reference = await privatize(images, candidates[1]!);
  const nearest = await evaluate.nearestSettings(images, reference, candidates);
  expect(nearest.candidate).toEqual(candidates[1]);
  expect(nearest.distance).toBe(0);
});

test("a reference is matched with its image by id, and missing ones are refused", async () => {
  const [first, second] = [noise(8, 8).pixels, noise(16, 16).pixels.slice(64, 128)];
  const two = (pixels: readonly number[], ids: string[]): Images => {
    return { pixels: Float32Array.from(pixels), shape: [2, 1, 8, 8], ids };
  };
  const images = two([...first, ...second], ["a", "b"]);
  const turned = two([...second, ...first], ["b", "a"]);
  const { distance } = await evaluate.nearestSettings(images, turned, [{ level: 1, patchGrid: 4 }]);
  const straight = await evaluate.nearestSettings(images, images, [{ level: 1, patchGrid: 4 }]);
  expect(distance).toBe(straight.distance);
  const others = evaluate.nearestSettings(images, { ...turned, ids: ["b", "c"] }, [{ level: 1, patchGrid: 4 }]);
  await expect(others).rejects.toThrow(/"a" missing/);
});

test("a block of one pixel or beyond the image is refused", () => {
  expect(() => evaluate.blurPooling(noise(8, 8), 1)).toThrow(/2 to 8/);
  expect(() => evaluate.medianPooling(noise(8, 8), 9)).toThrow(/2 to 8/);
});

test("the on-disk ratio is JPEG bytes over the originals' bytes", async () => {
  const { ratio, bytes } = await evaluate.onDiskRatio(noise(32, 32), { one: 2000 });
  expect(bytes["one"]).toBeGreaterThan(500);
  expect(ratio).toBeCloseTo((100 * (bytes["one"] as number)) / 2000, 9);
  await expect(evaluate.onDiskRatio(noise(8, 8), {})).rejects.toThrow(/none for "one"/);
});

test("timing runs every task once more than it counts", async () => {
  let runs = 0;
  const task = () => Promise.resolve(++runs && 10);
  const result = await evaluate.timing({ task }, { repeats: 3 });
  expect(runs).toBe(4);
  expect(result.tasks[0]).toMatchObject({ name: "task", items: 10 });
  await expect(evaluate.timing({}, {})).rejects.toThrow(/at least one task/);
});
