import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hash } from "../../core/hash";
import { packageFolder } from "../../core/paths";
import { run } from "./run";

const pip = "pip==26.3"; // fetch_libtensorflow.py uses parts of pip that may change with its version
const requirements = join(packageFolder, "kernel-spec", "requirements.txt");
const papermill = join(packageFolder, "kernel-spec", "papermill"); // our part of it: parameters in TypeScript

/** The Python of an environment, which may not exist yet. */
export function pythonIn(environment: string): string {
  return join(environment, "bin", "python");
}

/**
 * A Python environment with the pinned pip in `folder`, made with `python` unless it is there. One that the person made
 * is kept as it is, but for pip.
 *
 * @returns the environment's Python
 * @throws ProgramFailed when it cannot be made
 */
export async function prepareEnvironment(folder: string, python: string): Promise<string> {
  const own = pythonIn(folder);
  if (!(await hasPip(own))) await run(python, ["-m", "venv", folder]);
  await once(join(folder, ".deepfixcx-pip"), await versionOf(own), () => install(own, [pip]));
  return own;
}

/**
 * Installs the pinned Jupyter into an environment made by {@link prepareEnvironment}.
 *
 * @throws ProgramFailed when a package cannot be had
 */
export async function installJupyter(folder: string): Promise<void> {
  const python = pythonIn(folder);
  const sources = [requirements, join(papermill, "pyproject.toml"), join(papermill, "deepfixcx_papermill.py")];
  const wanted = hash(await versionOf(python), ...sources.map((file) => readFileSync(file, "utf8")));
  await once(join(folder, ".deepfixcx-requirements"), wanted, async () => {
    console.error(`Installing Jupyter into ${folder} ...`);
    await install(python, ["-r", requirements]);
    await install(python, ["--no-deps", "--no-build-isolation", papermill]);
  });
}

/** Does `action` unless the file `mark` says `state` already; the mark is written last, so a killed run does it again. */
export async function once(mark: string, state: string, action: () => Promise<unknown>): Promise<void> {
  if (existsSync(mark) && readFileSync(mark, "utf8") === state) return;
  await action();
  writeFileSync(mark, state);
}

async function hasPip(python: string): Promise<boolean> {
  return (
    existsSync(python) &&
    run(python, ["-c", "import pip"]).then(
      () => true,
      () => false,
    )
  );
}

async function versionOf(python: string): Promise<string> {
  return `${pip} ${await run(python, ["--version"])}`;
}

function install(python: string, what: readonly string[]): Promise<string> {
  return run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...what]);
}
