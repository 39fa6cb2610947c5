import type { History, HistoryEntry } from "../history";
import type { Handler } from "../session";
import { textOf, type Json } from "../wire";

/** `history_request`: tail, range and search over this session's cells. */
export function createHistoryHandler(history: History): Handler {
  return ({ content }) => {
    const chosen = choose(history.entries, content);
    // Outputs are not kept; where they are asked for, the specification's pair of input and output has null there.
    const item = ({ line, code }: HistoryEntry): unknown => [0, line, content["output"] === true ? [code, null] : code];
    return { status: "ok", history: chosen.map(item) };
  };
}

function choose(entries: readonly HistoryEntry[], content: Json): readonly HistoryEntry[] {
  const last = (found: readonly HistoryEntry[]): readonly HistoryEntry[] =>
    typeof content["n"] === "number" ? found.slice(Math.max(0, found.length - content["n"])) : found;
  switch (content["hist_access_type"]) {
    case "range":
      return content["session"] === 0 || content["session"] === undefined ? range(entries, content) : [];
    case "search":
      return last(search(entries, textOf(content["pattern"], "*"), content["unique"] === true));
    default:
      return last(entries);
  }
}

function range(entries: readonly HistoryEntry[], { start, stop }: Json): readonly HistoryEntry[] {
  const from = typeof start === "number" ? start : 0;
  const to = typeof stop === "number" ? stop : Infinity;
  return entries.filter(({ line }) => line >= from && line < to);
}

/** `*` stands for any text, `?` for one character. */
function search(entries: readonly HistoryEntry[], glob: string, unique: boolean): readonly HistoryEntry[] {
  const escaped = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^]*")
    .replaceAll("?", "[^]");
  const found = entries.filter(({ code }) => new RegExp(`^${escaped}$`).test(code));
  return unique ? found.filter(({ code }, at) => found.findLastIndex((other) => other.code === code) === at) : found;
}
