import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binned } from "../../src/display/bins";
import { heatMap, histogram, lineChart } from "../../src/display/charts";
import { plotlyJson } from "../../src/display/figure";
import { figures } from "./samples";

describe("charts", () => {
  it("say in words what they show", () => {
    expect(figures["bars"]?.alt).toBe("Bars: model 0.863 [0.828, 0.894], mean brightness 0.610 [0.570, 0.660].");
    expect(figures["heat"]?.alt).toBe("Heat map of ROC AUC, from 0.8 to 0.83, by patch grid P and level J.");
    expect(lineChart([], { title: "none", x: "x", y: "y" }).alt).toBe("Line chart of y against x: .");
  });

  it("centre signed values on zero", () => {
    const [trace] = heatMap([[-1, 4]], { title: "", x: "", y: "", value: "", palette: "diverging" }).traces;
    expect([trace?.["zmin"], trace?.["zmax"]]).toEqual([-4, 4]);
  });

  it("count in a histogram every finite value once", () => {
    const values = fc.array(fc.double({ min: -1e9, max: 1e9 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 40 }), (rows, bins) => {
        const { counts, edges, left } = binned(rows, bins);
        expect(edges).toHaveLength(bins + 1);
        const counted = counts.flat().reduce((sum, count) => sum + count, 0);
        expect(counted + left).toBe(rows.flat().length);
        expect(left).toBe(rows.flat().filter(Number.isNaN).length);
      }),
    );
  });

  it("put a value into the bin whose edges hold it", () => {
    const { edges, counts } = binned([[0, 1, 1.5, 4]], 4);
    expect(edges).toEqual([0, 1, 2, 3, 4]);
    expect(counts).toEqual([[1, 2, 0, 1]]);
    expect(binned([[7, 7]], 3).counts[0]).toEqual([0, 2, 0]);
    expect(binned([[0, -Number.MIN_VALUE]], 2).counts[0]).toEqual([0, 2]);
    expect(binned([[-Number.MAX_VALUE, Number.MAX_VALUE]], 2).counts[0]).toEqual([1, 1]);
  });

  it("tell of values left out of a histogram", () => {
    expect(histogram([{ name: "a", values: [1, NaN, 2] }], { title: "", x: "" }).alt).toContain("1 values are not");
  });
});

describe("a figure as JSON", () => {
  it("has plain arrays, six digits, and null where a number is missing", () => {
    const json = plotlyJson({
      kind: "figure",
      title: "t",
      alt: "",
      traces: [{ type: "scatter", y: Float32Array.from([0.1, NaN, 1 / 3]) }],
    });
    expect((JSON.parse(json) as { data: { y: unknown }[] }).data[0]?.y).toEqual([0.1, null, 0.333333]);
  });

  it("breaks a long title into lines", () => {
    const title = "A claim of many words that cannot stand on one line of a figure that is this narrow";
    const json = plotlyJson({ kind: "figure", title, alt: "", traces: [], width: 400 });
    const { layout } = JSON.parse(json) as { layout: { title: { text: string } } };
    expect(layout.title.text.split("<br>").length).toBeGreaterThan(1);
    expect(layout.title.text.replaceAll("<br>", " ")).toBe(title);
  });
});
