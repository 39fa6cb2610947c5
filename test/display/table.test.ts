import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeHtml, escapeScript } from "../../src/display/escape";
import { formatNumber, neededDigits } from "../../src/display/numbers";
import { tableHtml, tableText } from "../../src/display/table";
import { table } from "./samples";

describe("tables as text", () => {
  it("align numbers right and words left", () => {
    expect(tableText(table)).toBe(
      [
        "Results <of> one run",
        "metric          value  images  done",
        "-------------  ------  ------  ----",
        "ROC AUC         0.861    1200  yes",
        "SSIM <script>     NaN  15,000  no",
        "p & q          1.0e-5",
        "5 folds, seed 1.",
      ].join("\n"),
    );
  });

  it("keep whole numbers whole among words, where every number is a quantity of its own", () => {
    const rows = [
      ["images", 600],
      ["learning rate", 0.0125],
      ["wavelet", "haar"],
    ];
    const text = tableText({ kind: "table", columns: [{ name: "setting" }, { name: "value" }], rows });
    expect(text.split("\n").slice(2)).toEqual(["images         600", "learning rate  0.013", "wavelet        haar"]);
    const digits = tableText({
      kind: "table",
      columns: [{ name: "value", digits: 2 }],
      rows: [[600], [0.5], ["haar"]],
    });
    expect(digits.split("\n").slice(2)).toEqual(["600", "0.50", "haar"]);
  });

  it("are a head alone when there are no rows", () => {
    expect(tableText({ kind: "table", columns: [{ name: "id" }], rows: [] })).toBe("id\n--");
  });
});

describe("tables as HTML", () => {
  it("let no text become a tag", () => {
    const html = tableHtml(table);
    expect(html).not.toContain("<script>");
    expect(html).toContain("SSIM &lt;script&gt;");
    expect(html).toContain("p &amp; q");
  });

  it("set the side of every cell where the cell stands, since untrusted notebooks lose style sheets", () => {
    const html = tableHtml(table);
    expect(html.match(/<t[dh] style="text-align:right/g)).toHaveLength(2 * 4);
    expect(html).not.toContain("<style");
  });
});

describe("escapes", () => {
  it("leave nothing that could end an element or attribute", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']/);
        const json = JSON.stringify(`${text}</script><!--`);
        expect(escapeScript(json)).not.toContain("<");
        expect(JSON.parse(escapeScript(json))).toBe(`${text}</script><!--`);
      }),
    );
  });
});

describe("numbers in tables", () => {
  it.each([
    [0, undefined, "0"],
    [-0, 2, "0.00"],
    [0.5, undefined, "0.5"],
    [1 / 3, undefined, "0.333"],
    [2026, undefined, "2026"],
    [15000, undefined, "15,000"],
    [0.0004, 3, "4.0e-4"],
    [-0.0004, 3, "-4.0e-4"],
    [1e20, undefined, "1.000e+20"],
    [NaN, undefined, "NaN"],
    [-Infinity, undefined, "-infinite"],
  ])("write %d with %s digits as %s", (value, digits, text) => {
    expect(formatNumber(value, digits)).toBe(text);
  });

  it("keep the value to half a unit of the last digit", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 3 }), (value, digits) => {
        const read = Number(formatNumber(value, digits).replaceAll(",", ""));
        expect(Math.abs(read - value)).toBeLessThanOrEqual(0.5001 * 10 ** -digits);
      }),
    );
  });

  it("need as many digits as the number that has most, up to three", () => {
    expect(neededDigits([1, 2.5])).toBe(1);
    expect(neededDigits([1, NaN])).toBe(0);
    expect(neededDigits([0.25, Math.PI])).toBe(3);
  });
});
