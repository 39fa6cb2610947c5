import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const folder = join(import.meta.dirname, "..", "notebooks");
const names = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));

interface Output {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

interface Cell {
  readonly cell_type: "code" | "markdown";
  readonly source: string | readonly string[];
  readonly metadata: Readonly<Record<string, unknown>> & { readonly tags?: readonly string[] };
  readonly execution_count?: number | null;
  readonly outputs?: readonly Output[];
}

/** Text as notebooks keep it, whole or in lines; other forms as JSON. */
function textOf(text: unknown = ""): string {
  if (typeof text === "string") return text;
  return Array.isArray(text) ? text.join("") : JSON.stringify(text);
}

describe.each(names)("%s as it is committed", (name) => {
  const file = join(folder, name);
  const text = readFileSync(file, "utf8");
  const { cells } = JSON.parse(text) as { readonly cells: readonly Cell[] };
  const code = cells.filter(({ cell_type }) => cell_type === "code");
  const words = cells.filter(({ cell_type }) => cell_type === "markdown").map(({ source }) => textOf(source));
  const outputs = code.flatMap((cell) => cell.outputs ?? []);

  it("was run once from top to bottom, without errors and without leftovers of the run", () => {
    expect(code.map(({ execution_count }) => execution_count)).toEqual(code.map((_, at) => at + 1));
    expect(outputs.filter(({ output_type }) => output_type === "error")).toEqual([]);
    expect(code.filter(({ metadata }) => "execution" in metadata)).toEqual([]);
    const empty = outputs.filter(
      ({ data }) => data !== undefined && Object.values(data).every((form) => textOf(form) === ""),
    );
    expect(empty).toEqual([]);
  });

  it("is below 3 MB, holds a PNG of every figure, and names no folder of the machine", () => {
    expect(statSync(file).size).toBeLessThan(3_000_000);
    const html = outputs.map(({ data }) => textOf(data?.["text/html"])).join("\n");
    const figures = html.match(/<div data-figure="[^"]*">.{0,40}/g) ?? [];
    expect(figures.filter((figure) => !figure.includes('<img src="data:image/png;base64,'))).toEqual([]);
    expect(html).toContain('<img src="data:image/png;base64,');
    expect(text.match(/"[^"]*\/(root|home|tmp|work|Users)\/[^"]{0,80}/)?.[0]).toBeUndefined();
  });

  it("says its question, data, licence, method and takeaway, and takes parameters", () => {
    const all = words.join("\n");
    for (const part of [
      "# ",
      "**Question.**",
      "**Data and licence.**",
      "**Method",
      "**Parameters.**",
      "**Takeaway.**",
    ]) {
      expect(all).toContain(part);
    }
    expect(all).toMatch(/synthetic/);
    expect(code[0]?.metadata.tags).toContain("parameters");
    expect(code.filter(({ metadata }) => metadata.tags?.some((tag) => tag.startsWith("check"))).length).toBeGreaterThan(
      0,
    );
  });
});
