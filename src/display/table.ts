import { escapeHtml } from "./escape";
import { formatNumber, neededDigits } from "./numbers";
import type { Cell, Table } from "./view";

// Inline styles, since notebooks that are not trusted lose style sheets; half-transparent lines suit both themes.
const line = "1px solid rgba(128,128,128,0.4)";
const cellStyle = "padding:0.25em 0.75em;border:0;vertical-align:top;font-variant-numeric:tabular-nums";

/** A table as an HTML fragment; words left, numbers right with their points below each other. */
export function tableHtml(table: Table): string {
  const columns = laidOut(table);
  const head = columns.map(
    ({ name, side }) => `<th style="text-align:${side};${cellStyle};border-bottom:${line}">${escapeHtml(name)}</th>`,
  );
  const rows = table.rows.map((_, row) => {
    const cells = columns.map(({ texts, side }, column) => {
      return `<td style="text-align:${side};${cellStyle}">${cellHtml(table.rows[row]?.[column], texts[row] ?? "")}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  const caption =
    table.title === undefined
      ? ""
      : `<caption style="caption-side:top;text-align:left;font-weight:bold;padding:0.25em 0.75em;color:inherit">${escapeHtml(table.title)}</caption>`;
  const note =
    table.note === undefined ? "" : `<p style="margin:0.25em 0.75em 0.75em;opacity:0.75">${escapeHtml(table.note)}</p>`;
  return (
    `<div style="overflow-x:auto"><table style="border-collapse:collapse;border:0;margin:0.5em 0">${caption}` +
    `<thead><tr>${head.join("")}</tr></thead><tbody>${rows.join("\n")}</tbody></table>${note}</div>`
  );
}

/** A table as aligned lines of text. */
export function tableText(table: Table): string {
  const columns = laidOut(table).map((column) => ({
    ...column,
    width: Math.max(column.name.length, ...column.texts.map((text) => text.length)),
  }));
  const lineOf = (texts: readonly string[]): string =>
    columns
      .map(({ side, width }, column) =>
        side === "right" ? texts[column]?.padStart(width) : texts[column]?.padEnd(width),
      )
      .join("  ")
      .trimEnd();
  const head = lineOf(columns.map(({ name }) => name));
  const rule = columns.map(({ width }) => "-".repeat(width)).join("  ");
  const rows = table.rows.map((_, row) => lineOf(columns.map(({ texts }) => texts[row] ?? "")));
  return [...optional(table.title), head, rule, ...rows, ...optional(table.note)].join("\n");
}

interface LaidOut {
  readonly name: string;
  readonly side: "left" | "right";
  readonly texts: readonly string[];
}

function laidOut({ columns, rows }: Table): readonly LaidOut[] {
  return columns.map(({ name, digits }, column) => {
    const cells = rows.map((row) => row[column] ?? null);
    const numbers = cells.filter((cell) => typeof cell === "number");
    const isOneQuantity = numbers.length > 0 && cells.every((cell) => cell === null || typeof cell === "number");
    const shared = digits ?? neededDigits(numbers);
    const texts = cells.map((cell) => cellText(cell, isOneQuantity ? shared : ownDigits(cell, digits)));
    return { name, side: isOneQuantity ? "right" : "left", texts };
  });
}

/** Among words, as in a table of settings, every number is a quantity of its own: whole numbers stay whole. */
function ownDigits(cell: Cell, digits: number | undefined): number {
  if (typeof cell !== "number" || Number.isInteger(cell)) return 0;
  return digits ?? neededDigits([cell]);
}

function cellHtml(cell: Cell | undefined, text: string): string {
  return typeof cell === "object" && cell !== null
    ? `<a href="${escapeHtml(cell.href)}">${escapeHtml(text)}</a>`
    : escapeHtml(text);
}

function cellText(cell: Cell, digits: number): string {
  if (cell === null) return "";
  if (typeof cell === "object") return cell.text;
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  return typeof cell === "number" ? formatNumber(cell, digits) : cell;
}

function optional(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text];
}
