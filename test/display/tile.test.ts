import { describe, expect, it } from "vitest";
import { colourAt, notANumber, palettes, rgb } from "../../src/display/style";
import { position, tilePixels } from "../../src/display/tile";
import type { Tile } from "../../src/display/view";

const tile = (values: readonly number[], rest: Partial<Tile> = {}): Tile => ({
  label: "",
  values: Float32Array.from(values),
  shape: [1, 1, values.length],
  range: [0, 1],
  palette: "grey",
  ...rest,
});
const pixel = (pixels: Uint8ClampedArray, at: number): readonly number[] =>
  Array.from(pixels.slice(at * 4, at * 4 + 4));

describe("the pixels of a tile", () => {
  it("are black at the low end, white at the high end, and clamped beyond", () => {
    const pixels = tilePixels(tile([-1, 0, 0.5, 1, 2]));
    expect(pixel(pixels, 0)).toEqual([0, 0, 0, 255]);
    expect(pixel(pixels, 1)).toEqual([0, 0, 0, 255]);
    expect(pixel(pixels, 2)).toEqual([128, 128, 128, 255]);
    expect(pixel(pixels, 3)).toEqual([255, 255, 255, 255]);
    expect(pixel(pixels, 4)).toEqual([255, 255, 255, 255]);
  });

  it("have a colour of their own where a value is not a number", () => {
    const pixels = tilePixels(tile([NaN, 0], { palette: "sequential" }));
    expect(pixel(pixels, 0)).toEqual([...rgb(notANumber), 255]);
    expect(pixel(pixels, 1)).toEqual([...rgb(palettes.sequential[0] as string), 255]);
  });

  it("draw zero as zero when everything is zero", () => {
    const zeros = { range: [0, 0] } as const;
    expect(pixel(tilePixels(tile([0], { ...zeros, palette: "diverging" })), 0).slice(0, 3)).toEqual(
      colourAt(palettes.diverging, 0.5),
    );
    expect(pixel(tilePixels(tile([0], { ...zeros, palette: "sequential" })), 0).slice(0, 3)).toEqual(
      colourAt(palettes.sequential, 0),
    );
  });

  it("take red, green and blue from three channels", () => {
    const pixels = tilePixels({ ...tile([1, 0, 0, 1, 0.5, 0.5]), shape: [3, 1, 2] });
    expect(pixel(pixels, 0)).toEqual([255, 0, 128, 255]);
    expect(pixel(pixels, 1)).toEqual([0, 255, 128, 255]);
  });

  it("show the image below where an overlay is zero, and mostly the overlay at its ends", () => {
    const over = Float32Array.from([0.2, 0.2]);
    const pixels = tilePixels(tile([0, 1], { palette: "diverging", range: [-1, 1], over }));
    expect(pixel(pixels, 0)).toEqual([51, 51, 51, 255]);
    const [red] = rgb(palettes.diverging[palettes.diverging.length - 1] as string);
    expect(pixel(pixels, 1)[0]).toBeCloseTo(51 + 0.85 * (red - 51), -1);
  });
});

describe("a position on a scale", () => {
  it("is clamped, also where the range has no width", () => {
    expect(position(5, [0, 10], "grey")).toBe(0.5);
    expect(position(-5, [0, 10], "grey")).toBe(0);
    expect(position(3, [2, 2], "sequential")).toBe(1);
    expect(position(2, [2, 2], "diverging")).toBe(0.5);
  });
});

describe("palettes", () => {
  /** Relative luminance of sRGB (WCAG 2.2). */
  const luminance = ([r, g, b]: readonly [number, number, number]): number => {
    const linear = (value: number): number => (value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const along = (name: keyof typeof palettes): number[] =>
    Array.from({ length: 101 }, (_, step) => luminance(colourAt(palettes[name], step / 100)));

  it("for magnitudes only ever get lighter, so that they read without colour", () => {
    for (const name of ["grey", "sequential"] as const) {
      const values = along(name);
      expect(values.every((value, step) => step === 0 || value >= (values[step - 1] as number))).toBe(true);
    }
  });

  it("for signed values are lightest at zero and as dark on both sides", () => {
    const values = along("diverging");
    expect(Math.max(...values)).toBe(values[50]);
    for (let step = 0; step < 50; step++) {
      expect(Math.abs((values[step] as number) - (values[100 - step] as number))).toBeLessThan(0.08);
    }
  });
});
