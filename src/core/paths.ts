import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The folder of this package: the clone, or the installed package. */
export const packageFolder: string = resolve(__dirname, "..", "..");

/**
 * Where downloads and caches are kept, outside any node_modules: `DEEPFIXCX_CACHE`, else `XDG_CACHE_HOME/deepfixcx`,
 * else `~/.cache/deepfixcx`.
 */
export function cacheFolder(...parts: readonly string[]): string {
  const base =
    process.env["DEEPFIXCX_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "deepfixcx");
  return join(base, ...parts);
}

/** The folder with real data that the person named in `DEEPFIXCX_DATA`, or undefined. */
export function dataFolder(): string | undefined {
  const folder = process.env["DEEPFIXCX_DATA"];
  return folder === undefined || folder === "" ? undefined : resolve(folder);
}

/** The person's project: the nearest folder from the working folder upward that holds a package.json, else the working folder. */
export function projectFolder(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) return process.cwd();
  }
}

/** Where results are written: `DEEPFIXCX_REPORTS`, else `reports/` in the project's folder. */
export function reportsFolder(): string {
  return resolve(process.env["DEEPFIXCX_REPORTS"] ?? join(projectFolder(), "reports"));
}
