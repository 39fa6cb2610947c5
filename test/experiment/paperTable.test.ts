import { describe, expect, it } from "vitest";
import { inMemoryRatio, toSettings } from "../../src/compress/settings";
import type { MimeBundle } from "../../src/core/host";
import { displaySymbol } from "../../src/display/show";
import { paperResults } from "../../src/experiment/paperResults";
import { completeRows, paperTable, resultsType } from "../../src/experiment/paperTable";

const phantoms = { name: "chest phantoms", synthetic: true };
const real = { name: "chexpert-small", synthetic: false };
const densenet = "chest-densenet121-auc";

describe("the paper's results", () => {
  it("have ids of their own, each with what it is and a notebook", () => {
    expect(new Set(paperResults.map(({ id }) => id)).size).toBe(paperResults.length);
    for (const { id, what, notebook } of paperResults) {
      expect(id).toMatch(/^[A-Za-z0-9-]+$/);
      expect([what.length > 0, notebook.length > 0]).toEqual([true, true]);
    }
  });

  it("have in-memory ratios that follow from the sizes and settings in their ids", () => {
    const shapes = { chest: [1, 320, 320], glaucoma: [3, 240, 240], cervix: [3, 200, 150], none: [1, 1, 1] } as const;
    const exact = paperResults.filter((result) => result.exact === true);
    expect(exact).toHaveLength(6);
    for (const { id, data, paper } of exact) {
      const [, level, patchGrid] = (/-J(\d+)-P(\d+)-/.exec(id) ?? []).map(Number) as [number, number, number];
      const ratio = inMemoryRatio(toSettings({ level, patchGrid }, "test"), shapes[data]);
      expect(Math.abs(ratio - (paper?.value ?? 0))).toBeLessThanOrEqual(0.5 * 10 ** -(paper?.digits ?? 0));
    }
  });
});

describe("paperTable", () => {
  it("compares with the paper on real data", () => {
    const [row] = paperTable([{ id: densenet, ours: { value: 0.85, low: 0.82, high: 0.88 } }], real).rows;
    expect(row).toMatchObject({ status: "measured", ours: 0.85, low: 0.82, high: 0.88, synthetic: false });
    expect(row?.difference).toBeCloseTo(0.85 - 0.868, 12);
  });

  it("computes no difference on synthetic data and says why", () => {
    const [row] = paperTable([{ id: densenet, ours: 0.85 }], phantoms).rows;
    expect(row).toMatchObject({ difference: null, synthetic: true, data: "chest phantoms" });
    expect(row?.reason).toContain("synthetic");
  });

  it("fails a number that depends on no data and misses the paper's, on any data", () => {
    const rows = (ours: number) => paperTable([{ id: "chest-J1-P19-densenet121-ratio", ours }], phantoms).rows;
    expect(rows(1.41)[0]).toMatchObject({ status: "measured" });
    expect(rows(1.5)[0]).toMatchObject({ status: "failed" });
  });

  it("says not run where nothing is given, and shown for words", () => {
    const { rows } = paperTable(
      [
        { id: densenet, reason: "no time" },
        { id: "claim1", ours: "seen" },
      ],
      phantoms,
    );
    expect(rows.map(({ status, reason }) => [status, reason])).toEqual([
      ["not run", "no time"],
      ["shown", "synthetic"],
    ]);
  });

  it("carries its rows in the output for programs, beside the table for people", async () => {
    const table = paperTable([{ id: densenet, ours: 0.85 }], phantoms);
    const show = (table as unknown as Record<symbol, () => Promise<MimeBundle>>)[displaySymbol];
    const bundle = (await show?.call(table)) ?? {};
    expect(bundle[resultsType]).toEqual({ rows: table.rows });
    expect(bundle["text/html"]).toContain(densenet);
    expect(JSON.parse(JSON.stringify(bundle[resultsType]))).toEqual(bundle[resultsType]);
  });

  it("refuses unknown ids, ids given twice and numbers that are not finite", () => {
    expect(() => paperTable([{ id: "chest-auc" }], real)).toThrow(/chest-auc-map/);
    expect(() => paperTable([{ id: densenet }, { id: densenet }], real)).toThrow(/twice/);
    expect(() => paperTable([{ id: densenet, ours: NaN }], real)).toThrow(/finite/);
  });
});

describe("completeRows", () => {
  it("lists every result of the paper, those that no notebook gave as not run", () => {
    const { rows } = paperTable([{ id: densenet, ours: 0.85 }], phantoms);
    const all = completeRows(rows);
    expect(all.map(({ id }) => id)).toEqual(paperResults.map(({ id }) => id));
    expect(all.filter(({ status }) => status !== "not run").map(({ id }) => id)).toEqual([densenet]);
    expect(all.every(({ reason }) => reason !== "")).toBe(true);
  });
});
