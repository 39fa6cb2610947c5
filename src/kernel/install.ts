import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { DataError, OptionError } from "../core/errors";
import { packageFolder } from "../core/paths";

/** Where a kernel is installed. At most one of these; default: for this user. */
export interface KernelPlace {
  /** Jupyter's folder of this user. */
  readonly user?: boolean;
  /** The Python environment that is active: `VIRTUAL_ENV` or `CONDA_PREFIX`. */
  readonly sysPrefix?: boolean;
  /** Any folder, for instance of a Python environment; the kernel goes to `share/jupyter/kernels` below it. */
  readonly prefix?: string;
}

/** Options of {@link installKernel}. */
export interface InstallOptions extends KernelPlace {
  /** The name that notebooks store; default `"deepfixcx"`. */
  readonly name?: string;
  /** The name that people see; default `"TypeScript (DeepFixCX)"`. */
  readonly displayName?: string;
}

/** A kernel of this package that Jupyter can find. */
export interface InstalledKernel {
  readonly name: string;
  readonly displayName: string;
  readonly folder: string;
}

/** What a `kernel.json` holds, as far as it is read here. */
interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
}

const defaultName = "deepfixcx";
const logos = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];
const specFolder = join(packageFolder, "kernel-spec");

/**
 * Installs the kernel where Jupyter finds it, with absolute paths of this Node and this package.
 *
 * @throws OptionError when the name cannot be a kernel's, or two places are given
 */
export function installKernel(options: InstallOptions = {}): InstalledKernel {
  const { name = defaultName, displayName } = options;
  if (!/^[a-z0-9._-]+$/i.test(name))
    throw new OptionError({
      where: "kernel install",
      required: "name of letters, digits, '.', '_' and '-' only",
      got: JSON.stringify(name),
    });
  const folder = join(kernelsFolder(options), name.toLowerCase());
  const spec = fillTemplate(displayName);
  mkdirSync(folder, { recursive: true });
  // In one step: a Jupyter that looks meanwhile sees the old kernel or the new one.
  const file = join(folder, "kernel.json");
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(spec, null, 2)}\n`);
  renameSync(`${file}.${process.pid}`, file);
  for (const logo of logos) copyFileSync(join(specFolder, logo), join(folder, logo));
  return { name: name.toLowerCase(), displayName: spec.display_name, folder };
}

/** Installs tslab's own kernel under the name `tslab`, to be measured beside this one. */
export function installStockKernel(place: KernelPlace): void {
  const folder = join(kernelsFolder(place), "tslab");
  const program = join(dirname(require.resolve("tslab/package.json")), "bin", "tslab");
  const argv = [process.execPath, program, "kernel", "--config-path", "{connection_file}"];
  mkdirSync(folder, { recursive: true });
  const spec = { argv, display_name: "TypeScript (tslab)", language: "typescript" };
  writeFileSync(join(folder, "kernel.json"), JSON.stringify(spec));
}

/** The kernels of this package, whatever their names, in the given place. */
export function listKernels(place: KernelPlace = {}): InstalledKernel[] {
  const kernels = kernelsFolder(place);
  if (!existsSync(kernels)) return [];
  return readdirSync(kernels).flatMap((name) => {
    const folder = join(kernels, name);
    const spec = readSpec(folder);
    return spec === undefined ? [] : [{ name, displayName: spec.display_name, folder }];
  });
}

/**
 * Removes a kernel of this package.
 *
 * @throws DataError when there is none of that name, or it is another program's
 */
export function removeKernel({
  name = defaultName,
  ...place
}: KernelPlace & { readonly name?: string } = {}): InstalledKernel {
  const found = listKernels(place).find((kernel) => kernel.name === name.toLowerCase());
  if (found === undefined)
    throw new DataError({
      where: "kernel remove",
      required: "a kernel that this package installed",
      got: `no such kernel ${JSON.stringify(name)} in ${kernelsFolder(place)}`,
      remedy: "see `deepfixcx kernel list`",
    });
  rmSync(found.folder, { recursive: true });
  return found;
}

function fillTemplate(displayName: string | undefined): KernelSpec {
  const template = JSON.parse(readFileSync(join(specFolder, "kernel.json"), "utf8")) as KernelSpec;
  const values: Readonly<Record<string, string>> = {
    "{node}": process.execPath,
    "{kernel}": join(packageFolder, "dist", "kernel", "main.js"),
  };
  const argv = template.argv.map((part) => values[part] ?? part);
  return { ...template, argv, display_name: displayName ?? template.display_name };
}

/** A spec of this package, or undefined: another program's, or none. */
function readSpec(folder: string): KernelSpec | undefined {
  try {
    const spec = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as KernelSpec;
    return spec.argv.some((part) => part.endsWith(join("dist", "kernel", "main.js"))) ? spec : undefined;
  } catch {
    return undefined;
  }
}

function kernelsFolder({ user = false, sysPrefix = false, prefix }: KernelPlace): string {
  if ([user, sysPrefix, prefix !== undefined].filter(Boolean).length > 1)
    throw new OptionError({
      where: "kernel",
      required: "one of --user, --sys-prefix and --prefix",
      got: "several of them",
    });
  if (prefix !== undefined) return join(resolve(prefix), "share", "jupyter", "kernels");
  if (sysPrefix) return join(activeEnvironment(), "share", "jupyter", "kernels");
  return join(userFolder(), "kernels");
}

function activeEnvironment(): string {
  const folder = process.env["VIRTUAL_ENV"] ?? process.env["CONDA_PREFIX"];
  if (folder === undefined)
    throw new OptionError({
      where: "kernel",
      required: "an active Python environment for --sys-prefix",
      got: "none (VIRTUAL_ENV and CONDA_PREFIX are not set)",
      remedy: "activate it, or name its folder with --prefix",
    });
  return folder;
}

/** Jupyter's data folder of this user, as jupyter_core's `jupyter_data_dir` finds it. */
function userFolder(): string {
  const { JUPYTER_DATA_DIR, XDG_DATA_HOME, APPDATA } = process.env;
  if (JUPYTER_DATA_DIR !== undefined) return JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (process.platform === "win32") return join(APPDATA ?? homedir(), "jupyter");
  return join(XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "jupyter");
}
