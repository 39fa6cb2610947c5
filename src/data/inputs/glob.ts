import { join, sep } from "node:path";

/** Whether a word is a pattern: it holds one of `*`, `?`, `[` and `{`. */
export function isGlob(word: string): boolean {
  return /[*?[{]/.test(word);
}

/**
 * A pattern as the folder before its first wildcard, and a test of paths below that folder. `*` stands for anything but a
 * slash, `**` for any folders, `?` for one letter, `[abc]` and `[!abc]` for one of some letters, `{a,b}` for one of some
 * words.
 */
export function parseGlob(pattern: string): { readonly folder: string; readonly matches: (path: string) => boolean } {
  const parts = pattern.split(sep).join("/").split("/");
  const first = parts.findIndex(isGlob);
  const folder = first === 0 ? "." : parts.slice(0, first).join("/") || sep;
  const expression = new RegExp(
    `^${parts.slice(first).map(partOf).join("/").replaceAll("(?:.*/)?/", "(?:.*/)?")}$`,
    "u",
  );
  return { folder: join(folder), matches: (path) => expression.test(path) };
}

function partOf(part: string, at: number, parts: readonly string[]): string {
  if (part === "**") return at === parts.length - 1 ? ".*" : "(?:.*/)?";
  let [expression, depth] = ["", 0];
  for (let from = 0; from < part.length;) {
    const rest = part.slice(from);
    const set = /^\[(!?)([^\]/]+)\]/.exec(rest);
    const letter = [...rest][0] as string;
    if (set !== null)
      expression += `[${set[1] === "!" ? "^" : ""}${(set[2] as string).replace(/[\\^[\]&~]/g, "\\$&")}]`;
    else if (letter === "*") expression += "[^/]*";
    else if (letter === "?") expression += "[^/]";
    else if (letter === "{") expression += ((depth += 1), "(?:");
    else if (letter === "}" && depth > 0) expression += ((depth -= 1), ")");
    else if (letter === "," && depth > 0) expression += "|";
    else expression += letter.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
    from += set?.[0].length ?? letter.length;
  }
  return expression + ")".repeat(depth);
}
