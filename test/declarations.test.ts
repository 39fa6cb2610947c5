import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type * as TypeScript from "typescript";
import { describe, expect, it } from "vitest";
import { packageFolder } from "../src/core/paths";

// The kernel's own compiler, TypeScript 5.0.4; its API is that of ours.
const ts = createRequire(import.meta.url)("@tslab/typescript-for-tslab") as typeof TypeScript;

/** The diagnostics of a file compiled as a cell is: the options of tslab's converter. */
function diagnosticsOf(file: string): readonly { readonly line: number; readonly text: string }[] {
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    esModuleInterop: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(packageFolder, "node_modules", "@types")],
    // A cell finds the package in node_modules; its package.json is read in the same way here.
    baseUrl: packageFolder,
    paths: { deepfixcx: ["."] },
  });
  return ts.getPreEmitDiagnostics(program).map(({ file: source, start = 0, messageText }) => ({
    line: source === undefined ? 0 : source.getLineAndCharacterOfPosition(start).line + 1,
    text: `${source?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
  }));
}

/** The cells that README shows, each with its number. */
function readmeCells(): readonly (readonly [number, string])[] {
  const text = readFileSync(join(packageFolder, "README.md"), "utf8");
  return [...text.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, cell = ""], at) => [at + 1, cell]);
}

describe("the public types in a cell", () => {
  it("are those of the kernel's TypeScript", () => {
    expect(ts.version).toBe("5.0.4");
  });

  it("fit what cells write", () => {
    expect(diagnosticsOf(join(packageFolder, "test", "types", "cell.ts"))).toEqual([]);
  });

  it.each(readmeCells())("fit README's cell %i by itself, and a script", async (_, text) => {
    const folder = mkdtempSync(join(tmpdir(), "deepfixcx-readme-"));
    const [cell, script] = [join(folder, "cell.ts"), join(folder, "script.mjs")];
    for (const file of [cell, script]) writeFileSync(file, text);
    expect(diagnosticsOf(cell)).toEqual([]);
    await promisify(execFile)(process.execPath, ["--check", script]); // it is JavaScript, too
    rmSync(folder, { recursive: true });
  });

  it("refuse each mistake, on its line", () => {
    const file = join(packageFolder, "test", "types", "wrong.ts");
    const mistakes = readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line, at) => (line.includes("// wrong:") ? [at + 1] : []));
    expect(mistakes.length).toBeGreaterThan(0);
    expect(diagnosticsOf(file).map(({ line }) => line)).toEqual(mistakes);
  });
});

describe("the API pages", () => {
  it("are written without a warning", async () => {
    const typedoc = join(packageFolder, "node_modules", "typedoc", "bin", "typedoc");
    await promisify(execFile)(process.execPath, [typedoc, "--emit", "none"], { cwd: packageFolder });
  }, 120_000);
});

describe("the emitted declarations", () => {
  const folder = join(packageFolder, "dist");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".d.ts"));

  it("hold nothing that TypeScript 5.0 reads as any", () => {
    const tooNew =
      /\b(?:(?:Uint|Int|Float|BigInt|BigUint)\d+(?:Clamped)?Array|Buffer|DataView)<|\bNoInfer<|\bDisposable\b|\bAsyncDisposable\b/;
    const found = files.filter((name) =>
      tooNew.test(readFileSync(join(folder, name), "utf8").replace(/\/\*[^]*?\*\//g, "")),
    );
    expect(files.length).toBeGreaterThan(50);
    expect(found).toEqual([]);
  });
});
