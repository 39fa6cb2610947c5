import { OptionError } from "./errors";
import { inBrief } from "./images";

/** The names of all options of a type, each with `true`: one that is missing or too many does not compile. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/** The options of `LongWorkOptions`, for lists of those who take them. */
export const longWorkNames = { signal: true, onProgress: true } as const;

/**
 * Refuses options that are no object, and names that nobody reads, such as a misspelt one.
 *
 * @param where - the public function that was called
 * @throws OptionError with the names that there are
 */
export function checkOptions<Options extends object>(
  where: string,
  options: Options | null | undefined,
  names: OptionNames<Options>,
): void {
  const list = Object.keys(names);
  if (typeof options !== "object" || options === null) {
    throw new OptionError({ where, required: `options { ${list.join(", ")} }`, got: inBrief(options) });
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name));
  if (unknown === undefined) return;
  throw new OptionError({ where, required: `options among ${list.join(", ")}`, got: unknown, ...meant(list, unknown) });
}

/** The remedy for a word that is none of those that there are but may be meant for one: for the one most like it. */
export function meant(words: readonly string[], typed: string): { readonly remedy?: string } {
  const letters = (word: string): number => distance(word.toLowerCase(), typed.toLowerCase());
  const [likely] = words.filter((word) => alike(word, typed)).sort((one, other) => letters(one) - letters(other));
  return likely === undefined ? {} : { remedy: `did you mean ${likely}?` };
}

/** True for names that differ in at most two letters, in the case of letters, or in how far they go on. */
function alike(name: string, other: string): boolean {
  const [a, b] = [name.toLowerCase(), other.toLowerCase()];
  return a.startsWith(b) || b.startsWith(a) || distance(a, b) <= 2;
}

/** How many letters must be put in, taken out or changed (Levenshtein 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
