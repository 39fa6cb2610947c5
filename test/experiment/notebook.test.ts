import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compareOutputs, readNotebook, type Notebook } from "../../src/experiment/notebook";

const notebook = (text: string, tags: string[] = ["check"]): Notebook => ({
  cells: [
    { cell_type: "markdown", metadata: {} },
    { cell_type: "code", metadata: { tags }, outputs: [{ output_type: "stream", text: [text] }] },
  ],
});

describe("compareOutputs", () => {
  it("finds nothing between equal runs", () => {
    expect(compareOutputs(notebook("AUC 0.861\n"), notebook("AUC 0.861\n"))).toEqual([]);
  });

  it("names the cell and both values of a changed number", () => {
    expect(compareOutputs(notebook("images 1,200, AUC 0.861"), notebook("images 1,200, AUC 0.862"))).toEqual([
      { cell: 2, committed: "0.861", rerun: "0.862" },
    ]);
  });

  it("allows learned numbers their tolerance and no more", () => {
    const tags = ["check-within-0.02"];
    expect(compareOutputs(notebook("AUC 0.861", tags), notebook("AUC 0.88", tags))).toEqual([]);
    expect(compareOutputs(notebook("AUC 0.861", tags), notebook("AUC 0.89", tags))).toHaveLength(1);
  });

  it("finds changed words, whatever the tolerance", () => {
    expect(
      compareOutputs(notebook("synthetic", ["check-within-9"]), notebook("real", ["check-within-9"])),
    ).toHaveLength(1);
  });

  it("finds an output that is missing", () => {
    const silent: Notebook = { cells: [{ cell_type: "markdown", metadata: {} }] };
    expect(compareOutputs(notebook("AUC 0.861"), silent)).toHaveLength(1);
  });

  it("overlooks progress bars that have cleared themselves", () => {
    const cleared = { output_type: "display_data", data: { "text/plain": "" } };
    const slow: Notebook = {
      cells: notebook("AUC 0.861").cells.map((cell) => ({ ...cell, outputs: [cleared, ...(cell.outputs ?? [])] })),
    };
    expect(compareOutputs(notebook("AUC 0.861"), slow)).toEqual([]);
  });

  it("leaves cells without a tag alone", () => {
    expect(compareOutputs(notebook("took 3 s", []), notebook("took 9 s", []))).toEqual([]);
  });
});

describe("readNotebook", () => {
  it("refuses a file that is not a notebook, naming it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "notebook-"));
    const file = join(folder, "broken.ipynb");
    await writeFile(file, "{");
    await expect(readNotebook(file)).rejects.toThrow(/broken\.ipynb/);
    await writeFile(file, "[]");
    await expect(readNotebook(file)).rejects.toThrow(/a notebook with cells/);
  });
});
