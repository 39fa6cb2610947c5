import { existsSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { packageFolder } from "../../core/paths";
import { run } from "./run";

const napiVersion = 8; // the newest that tfjs-node 4.22 knows
const mac = process.platform === "darwin";
const load = createRequire(join(packageFolder, "package.json"));

/** The folder of the installed @tensorflow/tfjs-node. */
export function tfjsNodeFolder(): string {
  return dirname(load.resolve("@tensorflow/tfjs-node/package.json"));
}

/** The binding of the installed tfjs-node to the library in `library`: it lives beside it and finds it from there. */
export function bindingFile(library: string): string {
  const { version } = load("@tensorflow/tfjs-node/package.json") as { version: string };
  return join(library, `tfjs-node-${version}-napi${napiVersion}.node`);
}

/** Whether the installed tfjs-node already uses the library in `library`. */
export function isLinked(library: string): boolean {
  const link = linkOf();
  return existsSync(link) && linkTarget(link) === bindingFile(library) && existsSync(quietFile(library));
}

/** The module that closes standard error while the library loads; `core/packages` looks for it beside the binding. */
function quietFile(library: string): string {
  return join(library, "quiet.node");
}

/**
 * Compiles the binding against the library in `library`, and the module that keeps its loading quiet, unless that has
 * been done, and links the binding into the installed tfjs-node.
 *
 * @throws ProgramFailed when one does not compile, or does not load once compiled
 */
export async function linkBinding(library: string, compiler: string): Promise<void> {
  const file = bindingFile(library);
  const headers = headersFolder();
  await compile(compiler, file, (out) => compilerArguments(library, headers, out));
  await compile(compiler, quietFile(library), (out) => quietArguments(headers, out));
  const link = linkOf();
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(file, link);
}

async function compile(compiler: string, file: string, args: (out: string) => readonly string[]): Promise<void> {
  if (existsSync(file)) return;
  const fresh = `${file}.${process.pid}.node`;
  try {
    await run(compiler, args(fresh));
    await run(process.execPath, ["-e", `require(${JSON.stringify(fresh)})`]);
    renameSync(fresh, file);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** What turns the two sources of tfjs-node's binding into a module that looks for the library in `lib/` beside itself. */
export function compilerArguments(library: string, headers: string, out: string): readonly string[] {
  const sources = join(tfjsNodeFolder(), "binding");
  return [
    ...["-std=c++17", ...moduleArguments(headers), "-I", join(library, "include")],
    ...[join(sources, "tfjs_backend.cc"), join(sources, "tfjs_binding.cc")],
    ...["libtensorflow_cc", "libtensorflow_framework"].map((name) =>
      join(library, "lib", mac ? `${name}.2.dylib` : `${name}.so.2`),
    ),
    mac ? "-Wl,-rpath,@loader_path/lib" : "-Wl,-rpath,$ORIGIN/lib",
    ...["-o", out],
  ];
}

/** What turns `quiet.c` into a module. */
export function quietArguments(headers: string, out: string): readonly string[] {
  const source = join(packageFolder, "src", "cli", "setup", "quiet.c");
  return [...moduleArguments(headers), "-x", "c", source, "-o", out];
}

function moduleArguments(headers: string): readonly string[] {
  const kind = mac ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared"];
  return ["-O2", "-fPIC", `-DNAPI_VERSION=${napiVersion}`, "-I", headers, ...kind];
}

/** The headers of Node-API: those beside Node, else those of the package node-api-headers. */
export function headersFolder(node: string = process.execPath): string {
  const beside = join(dirname(node), "..", "include", "node");
  if (existsSync(join(beside, "node_api.h"))) return beside;
  return (load("node-api-headers") as { include_dir: string }).include_dir;
}

function linkOf(): string {
  return join(tfjsNodeFolder(), "lib", `napi-v${napiVersion}`, "tfjs_binding.node");
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined; // a file that someone else built there
  }
}
