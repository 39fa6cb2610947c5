import { describe, expect, it } from "vitest";
import { OptionError } from "../../src/core/errors";
import { Random } from "../../src/core/random";

const draws = (random: Random, n: number): number[] => Array.from({ length: n }, () => random.uniform());

describe("Random", () => {
  it("repeats a seed's stream and changes with the seed", () => {
    expect(draws(new Random(7), 5)).toEqual(draws(new Random(7), 5));
    expect(draws(new Random(7), 5)).not.toEqual(draws(new Random(8), 5));
  });

  it("is uniform: mean and variance of 100,000 draws within five standard errors", () => {
    const values = draws(new Random(1), 100_000);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / values.length));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / values.length));
  });

  it("draws normals of mean 0 and variance 1", () => {
    const random = new Random(2);
    const values = Array.from({ length: 100_000 }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(values.length));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / values.length));
  });

  it("shuffles without losing or changing the input", () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = new Random(3).shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort()).toEqual(items);
    expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("forks streams that differ by purpose and repeat by seed", () => {
    expect(draws(new Random(4).fork("folds"), 3)).toEqual(draws(new Random(4).fork("folds"), 3));
    expect(draws(new Random(4).fork("folds"), 3)).not.toEqual(draws(new Random(4).fork("weights"), 3));
  });

  it.each([-1, 0.5, Number.NaN])("refuses seed %s", (seed) => {
    expect(() => new Random(seed)).toThrow(OptionError);
  });
});
