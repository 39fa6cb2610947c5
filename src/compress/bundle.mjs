// Writes dist/browser/compress.js: browser.ts and all that it needs in one file, as the global `deepfixcx`.

import { join } from "node:path";
import { build } from "esbuild";

await build({
  entryPoints: [join(import.meta.dirname, "browser.ts")],
  outfile: join(import.meta.dirname, "..", "..", "dist", "browser", "compress.js"),
  bundle: true,
  format: "iife",
  globalName: "deepfixcx",
  platform: "browser",
  target: "es2023",
  minify: true,
  logLevel: "warning",
});
