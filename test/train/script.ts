import { join } from "node:path";
import { build } from "esbuild";

/** Bundles TypeScript that imports from this repository's root into a script that Node runs in a process of its own. */
export async function buildScript(contents: string, outfile: string): Promise<void> {
  await build({
    stdin: { contents, resolveDir: process.cwd(), loader: "ts" },
    bundle: true,
    platform: "node",
    packages: "external",
    outfile,
    define: {
      __filename: JSON.stringify(join(process.cwd(), "src", "core", "x.js")),
      __dirname: JSON.stringify(join(process.cwd(), "src", "core")),
    },
    logLevel: "error",
  });
}
