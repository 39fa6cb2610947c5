import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { hash } from "./hash";

const root = resolve(__dirname, "..");

/**
 * A hash of the package's code as it runs: it changes when a line in one of these folders does, so that what an older
 * code computed is not taken for its own.
 *
 * @param folders - for instance `["core", "train"]`; default: all
 */
export function codeVersion(folders?: readonly string[]): string {
  const files = (folders ?? [""]).flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name) && !entry.name.endsWith(".d.ts"))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return hash(...files.sort().flatMap((file) => [file.slice(root.length), readFileSync(file, "utf8")]));
}
