// Compiles the kernels and writes them as base64 to ../kernel.generated.ts, once for memory that threads share and once
// for memory of one's own (browsers lend shared memory only to isolated pages). Does nothing when nothing has changed.

import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = import.meta.dirname;
const target = join(folder, "..", "kernel.generated.ts");
const require = createRequire(import.meta.url);

function compile(output, flags) {
  const compiler = join(require.resolve("assemblyscript/package.json"), "..", "bin", "asc.js");
  const fixed = ["-O3", "--runtime", "stub", "--importMemory", "--enable", "simd", "--noAssert"];
  execFileSync(process.execPath, [compiler, join(folder, "index.ts"), "-o", output, ...fixed, ...flags], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return readFileSync(output).toString("base64");
}

const sources = readdirSync(folder)
  .filter((name) => !name.endsWith(".generated.ts"))
  .sort()
  .map((name) => readFileSync(join(folder, name)));
const version = createHash("sha256").update(Buffer.concat(sources)).digest("hex").slice(0, 16);
const current = existsSync(target) && readFileSync(target, "utf8").includes(version);

if (!current) {
  execFileSync(process.execPath, [join(folder, "generate.mjs")], { stdio: "inherit" });
  const temporary = mkdtempSync(join(tmpdir(), "kernel-"));
  const shared = ["--enable", "threads", "--sharedMemory", "--maximumMemory", "65536"];
  const lines = [
    `// Written by wasm/build.mjs from sources ${version}.`,
    `/** The kernels for memory that threads share, in base64. */`,
    `export const sharedKernel: string = "${compile(join(temporary, "shared.wasm"), shared)}";`,
    `/** The kernels for memory of one's own, in base64. */`,
    `export const privateKernel: string = "${compile(join(temporary, "private.wasm"), [])}";`,
  ];
  rmSync(temporary, { recursive: true });
  writeFileSync(target, `${lines.join("\n")}\n`);
}
