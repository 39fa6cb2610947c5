import type { DataFrame } from "danfojs-node";
import { danfo } from "../core/packages";

/** A column of numbers (NaN: missing) or of words ("": missing). */
export type TableColumn = readonly number[] | readonly string[];

/**
 * A danfo data frame of named columns. Kinds are stated column by column: danfo's own guess reads the patient "00017" as
 * the number 17.
 */
export function makeTable(columns: Readonly<Record<string, TableColumn>>): DataFrame {
  const entries = Object.entries(columns);
  return new (danfo().DataFrame)(Object.fromEntries(entries.map(([name, column]) => [name, [...column]])), {
    dtypes: entries.map(([, column]) => kindOf(column)),
  });
}

function kindOf(column: TableColumn): "string" | "int32" | "float32" {
  if (column.some((value) => typeof value === "string")) return "string";
  return column.every((value) => Number.isInteger(value)) ? "int32" : "float32";
}
