import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compress, reconstruct } from "../../src/compress/browser";
import { Random } from "../../src/core/random";
import { allowed } from "../../src/explore/fit";
import { pullBack } from "../../src/explore/page/pullBack";
import { waveletNames } from "../../src/index";

describe("what the weights of pixels mean for the numbers of an embedding", () => {
  it("gives the same weighted sum, whatever the wavelet, level, patch grid and size", () => {
    const sizes = { rows: fc.integer({ min: 16, max: 50 }), cols: fc.integer({ min: 16, max: 50 }) };
    const wishes = { level: fc.integer({ min: 1, max: 4 }), patchGrid: fc.integer({ min: 1, max: 25 }) };
    const wavelet = fc.constantFrom(...waveletNames);
    fc.assert(
      fc.property(fc.record({ ...sizes, ...wishes, wavelet, seed: fc.nat() }), (drawn) => {
        const { rows, cols, level, patchGrid, seed } = drawn;
        const shape = [1, rows, cols] as const;
        const settings = allowed({ level, patchGrid, wavelet: drawn.wavelet, pooling: "sum" }, shape);
        const random = new Random(seed);
        const noise = (): Float32Array => Float32Array.from({ length: rows * cols }, () => random.normal());
        const [image, weights] = [noise(), noise()];
        const embedding = compress({ pixels: image, shape: [1, ...shape], ids: ["one"] }, settings);
        const rebuilt = reconstruct(embedding, settings, shape).values;
        const bySlope = dot(pullBack(weights, settings, shape), embedding.values);
        const scale = Math.sqrt(dot(weights, weights) * dot(rebuilt, rebuilt)) + 1;
        expect(Math.abs(bySlope - dot(weights, rebuilt)) / scale).toBeLessThan(1e-5);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);
}
