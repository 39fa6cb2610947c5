import { readFileSync, statSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { join } from "node:path";
import type * as TypeScript from "@tslab/typescript-for-tslab";
import type * as TslabConverter from "tslab/dist/converter";
import type * as TslabExecutor from "tslab/dist/executor";
import type * as TslabInspect from "tslab/dist/inspect";
import type * as TslabJupyter from "tslab/dist/jupyter";
import { packageFolder } from "../core/paths";
import { cellName, createBuilders, type Builders } from "./builder";

/**
 * The one door to tslab. tslab fixes the compiler's options, and takes TypeScript's functions from the module object
 * when it is loaded; so TypeScript is loaded first, two of its functions are replaced, and tslab comes after. Nothing
 * else may import tslab but for types.
 */

/** TypeScript as tslab has it. */
export type Ts = typeof TypeScript;

/** A file that was compiled: its TypeScript, relative to the notebook's folder, and source maps, the last step first. */
export interface Compiled {
  readonly path: string;
  readonly maps: readonly string[];
}

const fromTslab = createRequire(require.resolve("tslab/package.json"));
const compiled: Compiled[] = [];
const watched = new Map<string, { readonly callback: TypeScript.FileWatcherCallback; stamp: string }>();

const typescriptPath = fromTslab.resolve("@tslab/typescript-for-tslab");
const typescript = loadCompact(typescriptPath) as Parameters<typeof createBuilders>[0];
const builders: Builders = createBuilders(typescript);
export const ts: Ts = adjustTypeScript(typescriptPath, typescript);
const converter: typeof TslabConverter = load("converter");
export const createConverter: typeof TslabConverter.createConverter = converter.createConverter;
export const isCompleteCode: typeof TslabConverter.isCompleteCode = converter.isCompleteCode;
export const printQuickInfo: typeof TslabInspect.printQuickInfo = load<typeof TslabInspect>("inspect").printQuickInfo;
/** Holds the hook through which `tslab.display` shows things. */
export const tslabJupyter: { lastWriteDisplayData: typeof TslabJupyter.lastWriteDisplayData } = load("jupyter");

/** An executor, and the object that holds the values of the cells' names. */
interface SharingExecutor {
  readonly executor: TslabExecutor.Executor;
  readonly values: Record<string, unknown>;
}

/**
 * @param checkWait - called when code of a cell goes on after an `await`; throws to end it
 * @param parts - what tslab's `createExecutor` takes
 */
export function createSharingExecutor(
  checkWait: () => void,
  ...parts: Parameters<typeof TslabExecutor.createExecutor>
): SharingExecutor {
  const executor = load<typeof TslabExecutor>("executor").createExecutor(...parts);
  // tslab's own `exports` is a proxy, through which every step of a loop over a cell's variable takes a microsecond.
  const values = {};
  Object.setPrototypeOf(executor.locals, values);
  const afterWait = <T>(value: T): T => {
    checkWait();
    return value;
  };
  Object.assign((globalThis as unknown as { readonly __tslab__: object }).__tslab__, { exports: values, afterWait });
  return { executor, values };
}

/** Tells that the code compiled next declares what this text declares; see {@link Builders.expectFirstLook}. */
export function expectFirstLook(text: string): void {
  builders.expectFirstLook(text);
}

/** The files compiled since the last call. */
export function takeCompiled(): Compiled[] {
  return compiled.splice(0);
}

/** Tells the compiler of the person's own files that have changed since the last call. */
export function noticeChanges(): void {
  for (const [path, file] of watched) {
    const stamp = stampOf(path);
    if (stamp === file.stamp) continue;
    file.stamp = stamp;
    file.callback(path, stamp === "" ? ts.FileWatcherEventKind.Deleted : ts.FileWatcherEventKind.Changed);
  }
}

/**
 * Loads a module with its characters beyond ASCII escaped: V8 keeps the source, and for the sake of a few such
 * characters in comments it would take two bytes for each of TypeScript's eight million.
 */
function loadCompact(path: string): unknown {
  const source = readFileSync(path, "latin1").replace(/[\x80-\xff]+/g, escapeUtf8);
  const module = new Module(path) as Module & { _compile(source: string, path: string): void };
  module.filename = path;
  fromTslab.cache[path] = module;
  module._compile(source, path);
  module.loaded = true;
  return module.exports;
}

/** @param bytes - of UTF-8, one a character */
function escapeUtf8(bytes: string): string {
  const text = Buffer.from(bytes, "latin1").toString("utf8");
  return text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function load<T>(part: string): T {
  return fromTslab(`./dist/${part}`) as T;
}

function adjustTypeScript(path: string, original: Ts): Ts {
  const createWatchCompilerHost = original.createWatchCompilerHost as (...parts: unknown[]) => unknown;
  const replacements = {
    createWatchCompilerHost: (
      files: string[],
      options: TypeScript.CompilerOptions,
      system: TypeScript.System,
      _create: unknown,
      ...rest: unknown[]
    ): unknown =>
      createWatchCompilerHost(
        files,
        cellOptions(original, options),
        watchByLooking(original, system),
        builders.create,
        ...rest,
      ),
    transpileModule: (input: string, options: TypeScript.TranspileOptions): TypeScript.TranspileOutput =>
      transpile(original, input, options),
  };
  const properties = Object.fromEntries(
    Object.entries(replacements).map(([name, value]) => [name, { value, enumerable: true }]),
  );
  const module = fromTslab.cache[path];
  if (module === undefined) throw new Error("TypeScript did not register itself as a module");
  // A copy: the properties of TypeScript's own module object cannot be set.
  module.exports = Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(original), ...properties });
  return original;
}

function cellOptions(original: Ts, options: TypeScript.CompilerOptions): TypeScript.CompilerOptions {
  return {
    ...options,
    lib: ["lib.es2023.d.ts"],
    // Finds types behind a package's `exports` map too.
    moduleResolution: original.ModuleResolutionKind.Bundler,
    disableTopLevelAwait: false,
    inlineSourceMap: true,
    // Only Node's global types and our own: reading all of node_modules/@types would take seconds.
    types: ["node", "cells"],
    // A cell's `deepfixcx` is the one that this kernel belongs to, wherever the notebook lies.
    paths: { deepfixcx: [packageFolder] },
    typeRoots: [...(options.typeRoots ?? []), join(packageFolder, "kernel-spec", "types")],
  };
}

/**
 * Watches by looking: tslab's watchers would walk through all of node_modules, keep the process from ending, and hear
 * of a saved file only some time after. Installed packages are not expected to change under a running kernel.
 */
function watchByLooking(original: Ts, system: TypeScript.System): TypeScript.System {
  const watchFile = system.watchFile?.bind(system) as NonNullable<TypeScript.System["watchFile"]>;
  system.watchFile = (path, callback, ...rest) =>
    path.includes("/node_modules/") ? { close: () => undefined } : watchFile(path, callback, ...rest);
  system.watchDirectory = () => ({ close: () => undefined });
  // What tslab's own `watchFile` ends in for all but the cell itself.
  original.sys.watchFile = (path, callback) => {
    watched.set(path, { callback, stamp: stampOf(path) });
    return { close: () => void watched.delete(path) };
  };
  return system;
}

function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? "" : `${found.mtimeMs} ${found.size}`;
}

/** tslab's second step, ES modules to CommonJS, keeping both steps' source maps. */
function transpile(original: Ts, input: string, options: TypeScript.TranspileOptions): TypeScript.TranspileOutput {
  const [code = "", encoded] = input.split(/\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/);
  const output = original.transpileModule(code, {
    ...options,
    compilerOptions: { ...options.compilerOptions, sourceMap: true },
  });
  const outputText = output.outputText.replace(/\/\/# sourceMappingURL=\S+\s*$/, "");
  if (encoded === undefined || output.sourceMapText === undefined) return { ...output, outputText };
  const first = Buffer.from(encoded, "base64").toString("utf8");
  const [source = ""] = (JSON.parse(first) as { sources: string[] }).sources;
  // The path starts at the folder of the output, which lies below the notebook's folder.
  const path = source.replace(/^(\.\.\/)+/, "");
  compiled.push({ path, maps: [output.sourceMapText, first] });
  return { ...output, outputText: path === cellName ? plainExports(outputText) : outputText };
}

/** Imported names as plain properties of what cells share: a later cell could not declare getters anew. */
function plainExports(code: string): string {
  return code.replace(
    /^Object\.defineProperty\(exports, "([\w$]+)", \{ enumerable: true, get: function \(\) \{ return ([^;]+); \} \}\);/gm,
    "exports.$1 = $2;",
  );
}
