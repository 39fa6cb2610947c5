import { join, sep } from "node:path";
import { OptionError } from "../../core/errors";

/** Whether a word is a pattern: it holds one of `*`, `?`, `[` and `{`. */
export function isGlob(word: string): boolean {
  return /[*?[{]/.test(word);
}

/** A pattern taken apart. */
export interface Glob {
  /** The folder before the first wildcard. */
  readonly folder: string;
  /** Whether a path below that folder is meant. */
  readonly matches: (path: string) => boolean;
  /** Whether something in a folder below that folder may be meant. */
  readonly enters: (path: string) => boolean;
}

/**
 * Takes a pattern apart. `*` stands for anything but a slash, `**` for any folders, `?` for one letter, `[abc]` and
 * `[!abc]` for one of some letters, `{a,b}` for one of some words.
 *
 * @param where - the command, for messages
 * @throws OptionError for letters between brackets from a later to an earlier one
 */
export function parseGlob(pattern: string, where = "compress"): Glob {
  const all = pattern.split(sep).join("/").split("/");
  const first = all.findIndex(isGlob);
  const folder = first === 0 ? "." : all.slice(0, first).join("/") || sep;
  const parts = all.slice(first);
  const expressions = parts.map(partOf);
  const whole = expressions.join("/").replaceAll("(?:.*/)?/", "(?:.*/)?");
  const expression = expressionOf(whole, pattern, where);
  const anywhere = parts.indexOf("**");
  const depth = anywhere < 0 ? parts.length - 1 : anywhere;
  const folders = expressions.slice(0, depth).map((part) => expressionOf(part, pattern, where));
  return {
    folder: join(folder),
    matches: (path) => expression.test(path),
    enters(path) {
      const names = path.split("/");
      return (anywhere >= 0 || names.length <= depth) && names.every((name, at) => folders[at]?.test(name) ?? true);
    },
  };
}

function expressionOf(source: string, pattern: string, where: string): RegExp {
  try {
    return new RegExp(`^${source}$`, "u");
  } catch (cause) {
    const required = "a pattern whose brackets hold letters, or from an earlier to a later one, as in [a-z]";
    throw new OptionError({ where, required, got: `"${pattern}"` }, { cause });
  }
}

function partOf(part: string, at: number, parts: readonly string[]): string {
  if (part === "**") return at === parts.length - 1 ? ".*" : "(?:.*/)?";
  let [expression, depth] = ["", 0];
  for (let from = 0; from < part.length;) {
    const rest = part.slice(from);
    const set = /^\[(!?)([^\]/]+)\]/.exec(rest);
    const letter = [...rest][0] as string;
    if (set !== null) expression += `[${set[1] === "!" ? "^" : ""}${(set[2] as string).replace(/[\\^[\]]/g, "\\$&")}]`;
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
