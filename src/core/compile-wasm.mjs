// Compiles AssemblyScript for the build, and writes it as base64 constants that TypeScript imports. Does nothing when the
// sources are those of the last time.
import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const compiler = join(createRequire(import.meta.url).resolve("assemblyscript/package.json"), "..", "bin", "asc.js");
const alike = ["-O3", "--runtime", "stub", "--noAssert", "--enable", "simd"];

/**
 * @param {string} target the TypeScript file to write
 * @param {string} folder where the sources lie; any change there compiles anew
 * @param {readonly { name: string, about: string, entry: string, flags: readonly string[] }[]} modules one constant each
 * @param {() => void} [prepare] writes generated sources, before anything is compiled
 */
export function compileWasm(target, folder, modules, prepare) {
  const version = versionOf(folder);
  if (existsSync(target) && readFileSync(target, "utf8").includes(version)) return;
  prepare?.();
  const constants = modules.flatMap(({ name, about, entry, flags }) => [
    `/** ${about}, in base64. */`,
    `export const ${name}: string = "${compile(join(folder, entry), flags)}";`,
  ]);
  writeFileSync(target, [`// Written by the build from sources ${version}.`, ...constants, ""].join("\n"));
}

function versionOf(folder) {
  const names = readdirSync(folder).filter((name) => !name.endsWith(".generated.ts"));
  const sources = names.sort().map((name) => readFileSync(join(folder, name)));
  return createHash("sha256").update(Buffer.concat(sources)).digest("hex").slice(0, 16);
}

function compile(entry, flags) {
  const temporary = mkdtempSync(join(tmpdir(), "wasm-"));
  const output = join(temporary, "module.wasm");
  try {
    const args = [compiler, entry, "-o", output, ...alike, ...flags];
    execFileSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    return readFileSync(output).toString("base64");
  } finally {
    rmSync(temporary, { recursive: true });
  }
}
