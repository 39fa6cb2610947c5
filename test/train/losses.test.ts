import { describe, expect, it } from "vitest";
import { lossOf, probabilitiesOf, type Targets } from "../../src/train/losses";

const targets = (kind: Targets["kind"], classes: number, values: number[], weights?: number[]): Targets => ({
  kind,
  classes,
  values: Float32Array.from(values),
  weights: Float32Array.from(weights ?? Array.from({ length: classes }, () => 1)),
});

/** The slope by central differences; h is as small as float32 logits near 1 bear. */
function differences(logits: number[], target: Targets): number[] {
  const h = 2 ** -9;
  return logits.map((_, at) => {
    const moved = (by: number) =>
      lossOf(
        Float32Array.from(logits, (z, k) => (k === at ? z + by : z)),
        target,
      ).value;
    return (moved(h) - moved(-h)) / (2 * h);
  });
}

describe("lossOf", () => {
  it("is log 2 for a logit of 0 and the distance to the label by slope", () => {
    const { value, slope } = lossOf(Float32Array.of(0, 0), targets("binary", 1, [1, 0]));
    expect(value).toBeCloseTo(Math.log(2), 12);
    expect(slope).toBeAllclose([-0.25, 0.25], { atol: 1e-7 });
  });

  it("is log K for K equal logits of a single-label image", () => {
    const { value, slope } = lossOf(new Float32Array(3), targets("single", 3, [0, 1, 0]));
    expect(value).toBeCloseTo(Math.log(3), 12);
    expect(slope).toBeAllclose([1 / 3, -2 / 3, 1 / 3], { atol: 1e-7 });
  });

  it("leaves uncertain labels out of value, slope and count", () => {
    const certain = lossOf(Float32Array.of(0.3), targets("multi", 1, [1]));
    const { value, slope } = lossOf(Float32Array.of(0.3, 9, -9, 9), targets("multi", 2, [1, NaN, NaN, NaN]));
    expect(value).toBe(certain.value);
    expect(Array.from(slope)).toEqual([certain.slope[0], 0, 0, 0]);
  });

  it("weighs classes as PyTorch's cross-entropy does: by the sum of the weights of the images there", () => {
    const target = targets("single", 2, [1, 0, 0, 1], [1, 3]);
    const each = [0, 1].map((k) => Math.log(1 + Math.exp(k === 0 ? -2 : 2)));
    const { value } = lossOf(Float32Array.of(2, 0, 2, 0), target);
    expect(value).toBeCloseTo((1 * (each[0] as number) + 3 * (each[1] as number)) / 4, 6);
  });

  it.each([
    ["binary", 1, [1, 0, 0], [2.5]],
    ["multi", 2, [1, 0, NaN, 1, 0, 0], [1, 4]],
    ["single", 3, [0, 0, 1, 1, 0, 0], [1, 2, 3]],
  ] as const)("has the slope of its value: %s", (kind, classes, values, weights) => {
    const target = targets(kind, classes, [...values], [...weights]);
    const logits = values.map((_, at) => Math.sin(3 * at + 1));
    const { slope } = lossOf(Float32Array.from(logits), target);
    expect(slope).toBeAllclose(differences(logits, target), { rtol: 1e-4 });
  });

  it("stays finite for logits of a thousand", () => {
    const { value } = lossOf(Float32Array.of(-1000, 1000), targets("binary", 1, [1, 0]));
    expect(value).toBe(1000);
    expect(lossOf(Float32Array.of(-1000, 1000), targets("single", 2, [1, 0])).value).toBe(2000);
  });
});

describe("probabilitiesOf", () => {
  it("is the logistic function for each finding and a softmax over single classes", () => {
    expect(probabilitiesOf("multi", Float32Array.of(0, Math.log(3)), 2)).toBeAllclose([0.5, 0.75], { atol: 1e-7 });
    expect(probabilitiesOf("single", Float32Array.of(0, Math.log(3)), 2)).toBeAllclose([0.25, 0.75], { atol: 1e-7 });
  });
});
