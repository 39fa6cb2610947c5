import { describe, expect, it } from "vitest";
import { compressImage, reconstructImage } from "../../src/compress/definition";
import { toSettings } from "../../src/compress/settings";
import { OptionError, ShapeError } from "../../src/core/errors";
import type { Images } from "../../src/core/images";
import { subBandsOf } from "../../src/explain/bands";
import { explainSettings } from "../../src/explain/explainSettings";
import { contrastKept, narrowestKept } from "../../src/explain/transfer";

const imagesOf = (rows: number, cols: number, pixel: (row: number, col: number) => number): Images => ({
  pixels: Float32Array.from({ length: rows * cols }, (_, at) => pixel(Math.floor(at / cols), at % cols)),
  shape: [1, 1, rows, cols],
  ids: ["a"],
});

describe("subBandsOf", () => {
  it("reads orientation and edge width off the first letter that is not A", () => {
    const bands = subBandsOf(2);
    expect(bands[0]).toEqual({ path: "AA", orientation: "smooth", edgeWidth: 4 });
    expect(bands[1]).toEqual({ path: "AV", orientation: "vertical", edgeWidth: 4 });
    expect(bands[8]).toEqual({ path: "HA", orientation: "horizontal", edgeWidth: 2 });
    expect(bands[15]).toEqual({ path: "DD", orientation: "diagonal", edgeWidth: 2 });
  });
});

describe("contrastKept", () => {
  it.each(["haar", "db2", "bior2.2"] as const)(
    "is 1 for %s when every coefficient is kept with its sign",
    (wavelet) => {
      const settings = toSettings({ level: 2, patchGrid: [16, 20], wavelet, pooling: "sum" }, "test");
      for (const axis of ["row", "col"] as const) {
        const transfer = contrastKept(settings, [1, 64, 80], axis);
        // Longer filters see zeros outside the image, which costs them some of the first and last pixels.
        const expected = wavelet === "haar" ? 1e-9 : 0.1;
        for (const { kept } of transfer) expect(Math.abs(kept - 1)).toBeLessThan(expected);
        expect(narrowestKept(transfer)).toBe(1);
      }
    },
  );

  it("equals what whole images of bars keep", () => {
    const settings = toSettings({ level: 2, patchGrid: [3, 5] }, "test");
    const [rows, cols] = [24, 40];
    for (const { barWidth, kept } of contrastKept(settings, [1, rows, cols], "col")) {
      let [put, back] = [0, 0];
      for (const quarter of [0, 1, 2, 3]) {
        const wave = (at: number): number =>
          Math.sin((Math.PI * ((at % cols) + 0.5)) / barWidth + (quarter * Math.PI) / 4);
        const values = Float64Array.from({ length: rows * cols }, (_, at) => 0.5 + 0.4 * wave(at));
        const seen = reconstructImage(compressImage({ values, shape: [1, rows, cols] }, settings), settings, [
          1,
          rows,
          cols,
        ]);
        const mean = values.reduce((sum, _, at) => sum + wave(at), 0) / values.length;
        for (let at = 0; at < values.length; at++) {
          back += (seen.values[at] as number) * (wave(at) - mean);
          put += 0.4 * (wave(at) - mean) ** 2;
        }
      }
      expect(kept).toBeCloseTo(back / put, 9);
    }
  });

  it("keeps nothing of narrow bars and most of wide ones", () => {
    const transfer = contrastKept(toSettings({ level: 2, patchGrid: 19 }, "test"), [1, 320, 320], "row");
    expect(Math.max(...transfer.filter(({ barWidth }) => barWidth < 10).map(({ kept }) => kept))).toBeLessThan(0.1);
    expect(Math.min(...transfer.filter(({ barWidth }) => barWidth > 40).map(({ kept }) => kept))).toBeGreaterThan(0.75);
  });
});

describe("explain(settings)", () => {
  it("counts what is kept at J=2, P=19 on 320x320 pixels", () => {
    const kept = explainSettings({ level: 2, patchGrid: 19 }, { imageShape: [1, 320, 320] });
    expect(kept).toMatchObject({
      kind: "settings",
      numbers: 5776,
      patchPixels: [20, 20],
      pixelsPerNumber: 400,
      compresses: true,
    });
    expect(kept.inMemoryRatio).toBeCloseTo(5.640625, 9);
    expect(kept.smallestFeature[0]).toBe(24);
    expect(kept.subBands).toHaveLength(16);
    expect(kept.subBands[0]).not.toHaveProperty("share");
  });

  it("finds the energy of vertical bars 1 pixel wide in the finest V sub-bands, evenly spread", () => {
    const images = imagesOf(32, 32, (_row, col) => (col % 2 === 0 ? 0 : 1));
    const { subBands } = explainSettings({ level: 1, patchGrid: 4 }, { imageShape: [1, 32, 32], images });
    const shares = subBands.map(({ share }) => share);
    expect(shares).toBeAllclose([0.5, 0.5, 0, 0], { atol: 1e-12 });
    expect(subBands[1]).toMatchObject({ path: "V", orientation: "vertical" });
    expect(subBands[1]?.detailShare).toBeCloseTo(1, 12);
    expect(subBands[1]?.evenness).toBeCloseTo(1, 12);
  });

  it("tells how unevenly detail lies: one edge in a patch of 16 coefficients", () => {
    const images = imagesOf(8, 8, (row, col) => (row === 3 && col === 3 ? 1 : 0));
    const { subBands } = explainSettings({ level: 1, patchGrid: 1 }, { imageShape: [1, 8, 8], images });
    for (const { share, evenness } of subBands) {
      expect(share).toBeCloseTo(1 / 4, 12);
      expect(evenness).toBeCloseTo(1 / 16, 12);
    }
  });

  it("says that l1 removes the sign of edges and that both signed sums keep it", () => {
    const shape = { imageShape: [1, 64, 64] as const };
    const l1 = explainSettings({ level: 1, patchGrid: 4 }, shape);
    expect(l1.removed.join()).toContain("sign of every edge");
    const both = explainSettings({ level: 1, patchGrid: 4, pooling: ["sum_pos", "sum_neg"] }, shape);
    expect(both.removed.join()).not.toContain("sign");
    expect(both.smallestFeature).toEqual([undefined, undefined]);
  });

  it.each([[[16, 16]], [[1, 16, 0]], [[1, 16.5, 16]], [[2, 1, 16, 16]], [undefined]])(
    "refuses imageShape %j",
    (wrong) => {
      const imageShape = wrong as unknown as [number, number, number];
      expect(() => explainSettings({ level: 1, patchGrid: 4 }, { imageShape })).toThrow(ShapeError);
      expect(() => explainSettings({ level: 1, patchGrid: 4 }, { imageShape })).toThrow(
        "imageShape [channel, row, col]",
      );
    },
  );

  it("refuses settings that do not fit, and images of another shape", () => {
    expect(() => explainSettings({ level: 0, patchGrid: 4 }, { imageShape: [1, 64, 64] })).toThrow(OptionError);
    expect(() => explainSettings({ level: 7, patchGrid: 1 }, { imageShape: [1, 64, 64] })).toThrow(ShapeError);
    const images = imagesOf(32, 32, () => 0);
    expect(() => explainSettings({ level: 1, patchGrid: 4 }, { imageShape: [1, 64, 64], images })).toThrow(
      "imageShape [1, 64, 64], got [1, 32, 32]",
    );
  });
});
