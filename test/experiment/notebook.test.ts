import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleaned, compareOutputs, readNotebook, resultRows, type Notebook } from "../../src/experiment/notebook";
import { resultsType } from "../../src/experiment/paperTable";

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

describe("cleaned", () => {
  it("takes out cleared progress bars and notes of the run, and nothing else", () => {
    const cleared = { output_type: "display_data", data: { "text/html": "", "text/plain": "" } };
    const shown = { output_type: "display_data", data: { "text/plain": "a table" } };
    const metadata = { tags: ["check"], execution: { started: "today" } };
    const cell = { cell_type: "code", id: "one", metadata, outputs: [cleared, shown], source: "1" };
    expect(cleaned({ cells: [cell], nbformat: 4 } as Notebook)).toEqual({
      cells: [{ cell_type: "code", id: "one", metadata: { tags: ["check"] }, outputs: [shown], source: "1" }],
      nbformat: 4,
    });
  });
});

describe("resultRows", () => {
  it("collects the rows of all result tables", () => {
    const output = (id: string) => ({ output_type: "execute_result", data: { [resultsType]: { rows: [{ id }] } } });
    const cells = [output("a"), output("b")].map((one) => ({ cell_type: "code", metadata: {}, outputs: [one] }));
    expect(resultRows({ cells }).map(({ id }) => id)).toEqual(["a", "b"]);
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
