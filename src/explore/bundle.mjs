// Writes dist/explore/page.js and page.css: the explorer's script with all that it needs of the library, and its looks.

import { join } from "node:path";
import { build } from "esbuild";

const folder = join(import.meta.dirname, "page");

await build({
  entryPoints: [join(folder, "main.ts"), join(folder, "page.css")],
  outdir: join(import.meta.dirname, "..", "..", "dist", "explore", "page"),
  entryNames: "[name]",
  bundle: true,
  format: "iife",
  platform: "browser",
  target: "es2023",
  minify: true,
  charset: "utf8",
  logLevel: "warning",
});
