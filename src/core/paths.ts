import { homedir } from "node:os";
import { join, resolve } from "node:path";

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
