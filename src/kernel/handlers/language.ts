import type { Executor } from "tslab/dist/executor";
import type { Handlers } from "../session";
import { syntaxOf } from "../source";
import { isCompleteCode, printQuickInfo } from "../tslab";
import { textOf, type Json } from "../wire";

/** What an editor asks about code: completion, tooltips, and whether a line may be sent. */
export function createLanguageHandlers(executor: Executor): Handlers {
  return {
    complete_request(message) {
      const { code, position } = readCursor(message.content);
      const { start, end, candidates } = executor.complete(code, position);
      return {
        status: "ok",
        matches: candidates,
        cursor_start: toCodePoints(code, start),
        cursor_end: toCodePoints(code, end),
        metadata: {},
      };
    },
    inspect_request(message) {
      const { code, position } = readCursor(message.content);
      const info = executor.inspect(code, position);
      const data = info ? { "text/plain": printQuickInfo(info) } : {};
      return { status: "ok", found: Boolean(info), data, metadata: {} };
    },
    is_complete_request(message) {
      const code = textOf(message.content["code"]);
      const { completed, indent } = isCompleteCode(code);
      const status = completed ? syntaxOf(code) : "incomplete";
      return status === "incomplete" ? { status, indent: indent ?? "" } : { status };
    },
  };
}

/** Clients count code points, JavaScript counts UTF-16 units. */
function readCursor(content: Json): { readonly code: string; readonly position: number } {
  const code = textOf(content["code"]);
  const cursor = typeof content["cursor_pos"] === "number" ? content["cursor_pos"] : code.length;
  return { code, position: [...code].slice(0, cursor).join("").length };
}

function toCodePoints(code: string, units: number): number {
  return [...code.slice(0, units)].length;
}
