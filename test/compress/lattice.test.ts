import { describe, expect, it } from "vitest";
import { latticeOf } from "../../src/compress/lattice";
import { waveletFilters, waveletNames } from "../../src/compress/wavelets";

describe("latticeOf", () => {
  it("takes Haar for one rotation by 45 degrees, and db2 for two, by 60 and by 75", () => {
    const degrees = (name: "haar" | "db2"): number[] =>
      latticeOf(waveletFilters(name))?.tangents.map((tangent) => (Math.atan(Math.abs(tangent)) * 180) / Math.PI) ?? [];
    expect(degrees("haar")).toBeAllclose([45], { rtol: 1e-12 });
    expect(degrees("db2")).toBeAllclose([60, 75], { rtol: 1e-12 });
  });

  it("leaves the product of the cosines as its scale", () => {
    for (const name of ["db3", "sym5", "coif2"] as const) {
      const { tangents, scale } = latticeOf(waveletFilters(name)) as { tangents: readonly number[]; scale: number };
      const cosines = tangents.reduce((product, tangent) => product * Math.cos(Math.atan(tangent)), 1);
      expect(Math.abs(scale)).toBeCloseTo(cosines, 10);
    }
  });

  it("takes no wavelet apart whose filters are not orthogonal", () => {
    const biorthogonal = waveletNames.filter((name) => /^r?bio[r]?[2-6]/.test(name));
    expect(biorthogonal.length).toBeGreaterThan(10);
    for (const name of biorthogonal) expect(latticeOf(waveletFilters(name))).toBeUndefined();
  });
});
