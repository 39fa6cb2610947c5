import { frameView, isFrame } from "./frame";
import type { View } from "./view";

/** What each kind of view holds in a list or text of its own; results of the verbs have kinds too, but not these. */
const holds: Readonly<Record<View["kind"], string>> = {
  figure: "traces",
  table: "rows",
  picture: "tiles",
  note: "text",
  page: "views",
};

/** A value that is itself a view, or a data frame, as a view; anything else is undefined. */
export function viewOf(value: unknown): View | undefined {
  if (isFrame(value)) return frameView(value);
  return isView(value) ? value : undefined;
}

function isView(value: unknown): value is View {
  if (typeof value !== "object" || value === null) return false;
  const { kind } = value as Partial<View>;
  if (kind === undefined || !Object.hasOwn(holds, kind)) return false;
  const held = (value as Readonly<Record<string, unknown>>)[holds[kind]];
  return kind === "note" ? typeof held === "string" : Array.isArray(held);
}
