import { existsSync, readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { constants, runInThisContext } from "node:vm";
import { packageFolder } from "../core/paths";

/** Cells are compiled to `require`; this gives it what Node's own cannot load. */
export interface Modules {
  /** Loads the ES modules among these, which may wait at their top level or have no CommonJS entry. */
  load(specifiers: readonly string[]): Promise<void>;
}

interface Loader {
  _load(request: string, ...rest: unknown[]): unknown;
}

/** @param folder - where the cells' imports start from */
export function offerModules(folder: string): Modules {
  const loaded = new Map<string, unknown>();
  const requireHere = createRequire(join(folder, "cell.js"));
  const importHere = runInThisContext("(specifier) => import(specifier)", {
    filename: join(folder, "cell.js"),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as (specifier: string) => Promise<object>;

  const loader = Module as unknown as Loader;
  const loadModule = loader._load.bind(Module);
  // A cell's `deepfixcx` is the one that this kernel belongs to, wherever the notebook lies.
  loader._load = (request, ...rest) =>
    loaded.get(request) ?? loadModule(request === "deepfixcx" ? packageFolder : request, ...rest);

  return {
    async load(specifiers) {
      for (const specifier of specifiers) {
        if (loaded.has(specifier) || !isEsModule(requireHere, specifier)) continue;
        loaded.set(specifier, asRequired(await importHere(specifier)));
      }
    },
  };
}

function isEsModule(requireHere: NodeJS.Require, specifier: string): boolean {
  try {
    const file = requireHere.resolve(specifier);
    return file.endsWith(".mjs") || (file.endsWith(".js") && isModulePackage(dirname(file)));
  } catch (error) {
    return (error as { readonly code?: unknown }).code === "ERR_PACKAGE_PATH_NOT_EXPORTED";
  }
}

/** Whether the nearest package.json says that .js files are ES modules. */
function isModulePackage(folder: string): boolean {
  const file = join(folder, "package.json");
  if (existsSync(file))
    return (JSON.parse(readFileSync(file, "utf8")) as { readonly type?: unknown }).type === "module";
  return dirname(folder) !== folder && isModulePackage(dirname(folder));
}

/** Marked as TypeScript marks what it made of an ES module, so that a default import finds `default`. */
function asRequired(namespace: object): object {
  const properties = Object.keys(namespace).map((name) => {
    const get = (): unknown => (namespace as Readonly<Record<string, unknown>>)[name];
    return [name, { get, enumerable: true }] as const;
  });
  return Object.defineProperties({}, { ...Object.fromEntries(properties), __esModule: { value: true } });
}
