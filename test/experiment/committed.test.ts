import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths";
import { resultRows, type NotebookCell } from "../../src/experiment/notebook";
import { paperResults } from "../../src/experiment/paperResults";

const folder = join(packageFolder, "notebooks");
const files = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));

type Cell = NotebookCell & { readonly execution_count?: number | null };

/** What the notebooks show was computed when they were committed: `reproduce` runs them again, these look at them. */
describe.each(files)("the committed notebook %s", (file) => {
  const text = readFileSync(join(folder, file), "utf8");
  const { cells } = JSON.parse(text) as { readonly cells: readonly Cell[] };
  const code = cells.filter(({ cell_type: type }) => type === "code");

  it("was run once from top to bottom without an error", () => {
    expect(code.map(({ execution_count: count }) => count)).toEqual(code.map((_, at) => at + 1));
    expect(code.flatMap(({ outputs = [] }) => outputs).filter(({ output_type: type }) => type === "error")).toEqual([]);
  });

  it("is smaller than 3 MB", () => {
    expect(statSync(join(folder, file)).size).toBeLessThan(3e6);
  });

  it("has parameters, numbers that are compared, and words before every piece of code", () => {
    const tags = code.flatMap(({ metadata }) => metadata.tags ?? []);
    expect(tags).toContain("parameters");
    expect(tags.some((tag) => /^check(-within-\d+(\.\d+)?)?$/.test(tag))).toBe(true);
    cells.forEach(({ cell_type: type }, at) => {
      if (type === "code") expect([at, cells[at - 1]?.cell_type]).toEqual([at, "markdown"]);
    });
  });

  it("has a picture inside every figure, for viewers that run no scripts", () => {
    for (const { data } of code.flatMap(({ outputs = [] }) => outputs)) {
      const html = [(data?.["text/html"] ?? "") as string | string[]].flat().join("");
      const figures = html.match(/<div data-figure="/g)?.length ?? 0;
      expect(html.match(/data:image\/png;base64,/g)?.length ?? 0).toBeGreaterThanOrEqual(figures);
    }
  });

  it("gives the results of the paper that are its own, on synthetic data without a difference", () => {
    const own = paperResults.filter(({ notebook }) => notebook === basename(file, ".ipynb")).map(({ id }) => id);
    const rows = resultRows({ cells });
    const given = rows.map(({ id }) => id);
    expect(own.filter((id) => !given.includes(id))).toEqual([]);
    expect(new Set(given).size).toBe(given.length);
    for (const { status, synthetic, difference, reason } of rows) {
      expect(["measured", "shown", "not run"]).toContain(status);
      expect(reason).not.toBe("");
      if (synthetic && difference !== null) expect(Math.abs(difference)).toBeLessThan(0.5);
    }
  });
});
