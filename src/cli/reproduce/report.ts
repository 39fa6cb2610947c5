import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { versions } from "../../core/packages";
import { reportsFolder } from "../../core/paths";
import { toDocument } from "../../display/html";
import type { Table } from "../../display/view";
import { completeRows, inCells, type ResultRow } from "../../experiment/paperTable";
import { explore } from "../../explore/explore";
import type { NotebookRun } from "./runNotebook";

/** A row of the report: a result of the paper and how long its notebook took. */
interface ReportRow extends ResultRow {
  readonly seconds: number | null;
}

/** Writes `results.json`, `index.html` and the explorer's page into the reports folder. */
export async function writeReport(runs: readonly NotebookRun[]): Promise<void> {
  const rows = reportRows(runs);
  const notebooks = runs.map(({ name, status, from, seconds, data, reason }) => ({
    ...{ name, status, from, seconds, data, reason },
  }));
  const { node, deepfixcx } = versions();
  const results = { versions: { node, deepfixcx }, notebooks, results: rows };
  await write("results.json", `${JSON.stringify(results, undefined, 2)}\n`);
  await write("explorer.html", (await explore()).html);
  const views = [notebookTable(runs), explorerTable, ...resultTables(rows)];
  await write("index.html", await toDocument(views, { title: "DeepFixCX: notebooks and results" }));
}

async function write(name: string, text: string): Promise<void> {
  const file = join(reportsFolder(), name);
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}

/** Every result of the paper; those whose notebook was not asked for, or failed, say so. */
function reportRows(runs: readonly NotebookRun[]): ReportRow[] {
  const byName = new Map(runs.map((run) => [run.name, run]));
  return completeRows(runs.flatMap(({ rows }) => rows)).map((row) => {
    const run = byName.get(row.notebook);
    const given = run?.rows.some(({ id }) => id === row.id) === true;
    const missing =
      run === undefined ? `notebook ${row.notebook} was not part of this run` : `notebook ${row.notebook} failed`;
    const reason = given || run?.status === "ran" || run?.status === "differs" ? row.reason : missing;
    return { ...row, reason, seconds: run?.seconds ?? null };
  });
}

function notebookTable(runs: readonly NotebookRun[]): Table {
  return {
    kind: "table",
    title: "Notebooks",
    columns: [
      { name: "notebook" },
      { name: "status" },
      { name: "" },
      { name: "seconds", digits: 0 },
      { name: "data" },
      { name: "reason" },
    ],
    rows: runs.map(({ name, status, from, seconds, data, reason }) => [
      status === "failed" ? name : { text: name, href: `${name}.html` },
      status,
      from === "cache" ? "read: same notebook, code and data" : "computed",
      seconds,
      data,
      reason,
    ]),
    note: "Numbers of synthetic phantoms stand for no number of the paper.",
  };
}

const explorerTable: Table = {
  kind: "table",
  title: "See the trade-off",
  columns: [{ name: "page" }, { name: "what it shows" }],
  rows: [
    [
      { text: "explorer", href: "explorer.html" },
      "level, patch grid, wavelet and pooling by slider, and what they keep and hide of synthetic images",
    ],
  ],
};

const groups = [
  ["claim", "Claims of the paper"],
  ["figure", "Figures and measures of the paper"],
  ["table", "Numbers of the paper's tables"],
] as const;

function resultTables(rows: readonly ReportRow[]): Table[] {
  return groups.map(([kind, title]) => {
    const own = rows.filter((row) => row.kind === kind);
    return {
      kind: "table",
      title: `${title}: ${countsOf(own)}`,
      columns: [
        ...["id", "what", "status", "ours (95 %)", "paper", "difference", "data"].map((name) => ({ name })),
        { name: "seconds", digits: 0 },
        { name: "reason" },
      ],
      rows: own.map((row) => [
        ...[row.id, row.what, row.status, ...valuesOf(row)],
        row.data === null ? "" : `${row.data}${row.synthetic ? " (synthetic)" : ""}`,
        row.status === "not run" ? null : row.seconds,
        row.reason,
      ]),
      note: "Ids are ours. Seconds are of the whole notebook. On synthetic data no difference is computed, unless the number follows from sizes and settings alone.",
    };
  });
}

function countsOf(rows: readonly ReportRow[]): string {
  const count = (status: ReportRow["status"]): number => rows.filter((row) => row.status === status).length;
  const counts = (["measured", "shown", "not run", "failed"] as const).map((status) => `${count(status)} ${status}`);
  return counts.filter((words) => !words.startsWith("0 ")).join(", ");
}

/** Ours with its interval, the paper's and the difference. */
function valuesOf(row: ReportRow): string[] {
  const [ours = "", interval = "", ...others] = inCells(row);
  return [row.ours === null ? "" : `${ours}${interval === "" ? "" : ` (${interval})`}`, ...others];
}
