import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random";
import { compressImage, cropStart, reconstructImage } from "../../src/compress/definition";
import { type Plane, inversePacketTransform, packetTransform } from "../../src/compress/packet";
import { poolSubBand } from "../../src/compress/pool";
import { type Pooling, patchLayout, subBandPaths, subBandShape, toSettings } from "../../src/compress/settings";
import { waveletFilters, waveletNames } from "../../src/compress/wavelets";
import taps from "../../src/compress/wavelets.json";

function noise(rows: number, cols: number, seed = 1): Plane {
  const random = new Random(seed);
  return { values: Float64Array.from({ length: rows * cols }, () => random.uniform()), rows, cols };
}

const energy = ({ values }: Plane): number => values.reduce((sum, value) => sum + value * value, 0);

// dmey is a truncated approximation: PyWavelets' own round trip with these taps is off by 5e-3, others by 2e-11 at most.
const inexactness = (name: string): number => (name === "dmey" ? 2.5e-3 : 1e-10);

const haar = waveletFilters("haar");

describe("wavelets", () => {
  it("are the 106 that the data file holds", () => {
    expect([...waveletNames].sort()).toEqual(Object.keys(taps.taps).sort());
    expect(waveletNames.length).toBe(106);
  });

  it.each(waveletNames)(
    "%s undoes itself: analysis and synthesis filters are biorthogonal over even shifts",
    (name) => {
      const { analysis, synthesis } = waveletFilters(name);
      const length = analysis.low.length;
      const dot = (one: Float64Array, other: Float64Array, shift: number): number =>
        one.reduce((sum, tap, at) => sum + tap * (other[at + shift] ?? 0), 0);
      for (let shift = 2 - length; shift < length; shift += 2) {
        const one = shift === 0 ? 1 : 0;
        const tolerance = { atol: inexactness(name) };
        const { low, high } = analysis;
        expect([dot(low, synthesis.low, shift), dot(high, synthesis.high, shift)]).toBeAllclose([one, one], tolerance);
        expect([dot(low, synthesis.high, shift), dot(high, synthesis.low, shift)]).toBeAllclose([0, 0], tolerance);
      }
    },
  );
});

describe("the wavelet packet transform", () => {
  it.each([1, 2, 3, 4])("has 4^%i sub-bands with as many paths", (level) => {
    const subBands = packetTransform(noise(33, 20), level, haar);
    expect(subBands.length).toBe(4 ** level);
    expect(subBandPaths(level).length).toBe(4 ** level);
    expect([subBands[0]?.rows, subBands[0]?.cols]).toEqual(subBandShape(level, [33, 20]));
  });

  it("lists paths in natural order, first level first", () => {
    expect(subBandPaths(1)).toEqual(["A", "V", "H", "D"]);
    expect(subBandPaths(2).slice(0, 6)).toEqual(["AA", "AV", "AH", "AD", "VA", "VV"]);
  });

  it("keeps energy and is undone by its inverse for Haar, where padding only adds zeros", () => {
    const plane = noise(24, 40);
    const subBands = packetTransform(plane, 3, haar);
    expect(subBands.reduce((sum, band) => sum + energy(band), 0)).toBeCloseTo(energy(plane), 10);
    expect(inversePacketTransform(subBands, haar).values).toBeAllclose(plane.values, { rtol: 1e-12 });
  });

  it.each(waveletNames)("is undone by its inverse away from the borders for %s", (name) => {
    const wavelet = waveletFilters(name);
    const border = wavelet.analysis.low.length;
    const side = 2 * border + 6;
    const plane = noise(side, side);
    const back = inversePacketTransform(packetTransform(plane, 1, wavelet), wavelet);
    const inner = ({ values }: Plane): number[] =>
      [...values].filter((_, at) =>
        [Math.floor(at / side), at % side].every((place) => place >= border && place < side - border),
      );
    expect(inner(back)).toBeAllclose(inner(plane), { atol: 3 * inexactness(name) });
  });

  it("is linear", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 20 }), fc.integer({ min: 4, max: 20 }), fc.nat(), (rows, cols, seed) => {
        const [one, other] = [noise(rows, cols, seed), noise(rows, cols, seed + 1)];
        const both = { ...one, values: one.values.map((value, at) => 2 * value - (other.values[at] as number)) };
        const wavelet = waveletFilters("bior2.4");
        const [a, b] = [packetTransform(one, 2, wavelet), packetTransform(other, 2, wavelet)];
        packetTransform(both, 2, wavelet).forEach((band, at) => {
          const expected = band.values.map(
            (_, place) => 2 * (a[at]?.values[place] as number) - (b[at]?.values[place] as number),
          );
          expect(band.values).toBeAllclose(expected, { atol: 1e-12 });
        });
      }),
      { seed: 1, numRuns: 30 },
    );
  });
});

describe("pooling", () => {
  const layout = patchLayout(toSettings({ level: 1, patchGrid: [2, 1] }, "test"), [1, 6, 4]);
  const subBand: Plane = { values: Float64Array.of(1, -2, 3, 0, -5, 5e-7), rows: 3, cols: 2 };

  it.each<[Pooling, number, number]>([
    // Patches by hand: 3 rows in 2 patches of 2 rows, the spare zero row below: {1, -2, 3, 0} and {-5, 5e-7, 0, 0}.
    ["l1", 6, 5 + 5e-7],
    ["l2", 14, 25 + 25e-14],
    ["sum", 2, -5 + 5e-7],
    ["max", 3, 5e-7],
    ["min", -2, -5],
    ["median", 0, 0],
    ["sum_pos", 4, 0],
    ["sum_neg", -2, -5],
  ])("%s of two patches by hand", (pooling, first, second) => {
    expect(poolSubBand(subBand, layout, [pooling])).toBeAllclose([first, second], { atol: 1e-15 });
  });

  it("adds up to the sub-band's own L1 on any grid", () => {
    const band = noise(13, 9);
    const l1 = band.values.reduce((sum, value) => sum + Math.abs(value), 0);
    for (const grid of [1, 2, 5, 9]) {
      const cut = patchLayout(toSettings({ level: 1, patchGrid: grid }, "test"), [1, 26, 18]);
      expect(poolSubBand(band, cut, ["l1"]).reduce((sum, value) => sum + value)).toBeCloseTo(l1, 10);
    }
  });
});

describe("the plain definition", () => {
  it("rebuilds an image exactly when every coefficient is a patch and the pooling is the sum", () => {
    const image = { values: noise(24, 32).values, shape: [2, 12, 32] as const };
    const settings = toSettings({ level: 2, patchGrid: [3, 8], pooling: "sum" }, "test");
    const back = reconstructImage(compressImage(image, settings), settings, image.shape);
    expect(back.values).toBeAllclose(image.values, { rtol: 1e-12 });
  });

  it.each([
    [1, 0],
    [2, 1],
    [3, 2],
    [5, 2],
    [7, 4],
    [9, 4],
  ])("crops %i extra rows from row %i on", (extra, start) => {
    expect(cropStart(10 + extra, 10)).toBe(start);
  });
});
