import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { packageFolder, projectFolder } from "../core/paths";
import { installKernel } from "../kernel/install";
import { isLinked, linkBinding } from "./setup/binding";
import { installJupyter, prepareEnvironment } from "./setup/jupyter";
import { fetchLibrary, libraryFolder } from "./setup/libtensorflow";
import { ProgramFailed } from "./setup/run";
import { wheelFor, type Wheel } from "./setup/wheels";

interface Requirements {
  readonly python: string;
  compiler(): string | undefined;
  missingRequirements(): readonly string[];
}

/** `deepfixcx setup`: what the package needs beyond npm's packages. */
export function setupCommand(): Command {
  return new Command("setup")
    .summary("install TensorFlow's native library, Jupyter and the kernel")
    .description(
      "Installs TensorFlow's native library (into a cache, once a machine), and Jupyter with the deepfixcx kernel into " +
        "the folder .venv of this project. Safe to repeat: what is there is left alone.",
    )
    .action(setup);
}

async function setup(): Promise<void> {
  // Shared with the bootstrap of a clone, which runs before there is a compiled file.
  const file = join(packageFolder, "src", "cli", "requirements.mjs");
  const requirements = (await import(pathToFileURL(file).href)) as Requirements;
  const missing = requirements.missingRequirements();
  if (missing.length > 0) {
    for (const line of missing) console.error(line);
    process.exitCode = 1;
    return;
  }
  const environment = join(projectFolder(), ".venv");
  const models = await setUpNative(environment, requirements);
  await setUpJupyter(environment, requirements);
  console.log(`Set up: ${models}.\nNotebooks open with ${relative(process.cwd(), environment)}/bin/jupyter lab`);
}

async function setUpJupyter(environment: string, requirements: Requirements): Promise<void> {
  try {
    await prepareEnvironment(environment, requirements.python);
    await installJupyter(environment);
  } catch (error) {
    if (!(error instanceof ProgramFailed)) throw error;
    const remedy = "scripts work without it; for notebooks, see that the package index answers and run setup again";
    throw new ProgramFailed(`Jupyter could not be installed (${error.message}); ${remedy}`);
  }
  installKernel({ prefix: environment });
}

/** Sets up the native library where it can be had, and says in words what models run on. */
async function setUpNative(environment: string, requirements: Requirements): Promise<string> {
  const fallback = "models run on WebAssembly, where dense layers train and convolutions do not";
  const chosen = process.env["DEEPFIXCX_BACKEND"];
  if (chosen === "wasm" || chosen === "cpu") return `models run on ${chosen}, as DEEPFIXCX_BACKEND says`;
  const wheel = wheelFor(`${process.platform}-${process.arch}`);
  if (wheel === undefined) return `TensorFlow has no library for ${process.platform}-${process.arch}, so ${fallback}`;
  try {
    await installNative(wheel, environment, requirements);
    return "models run on TensorFlow's native library";
  } catch (error) {
    if (!(error instanceof ProgramFailed)) throw error;
    return `TensorFlow's native library could not be installed (${error.message}), so ${fallback}`;
  }
}

async function installNative(wheel: Wheel, environment: string, requirements: Requirements): Promise<void> {
  const library = libraryFolder(wheel);
  if (isLinked(library)) return;
  if (!existsSync(library)) await fetchLibrary(wheel, await prepareEnvironment(environment, requirements.python));
  await linkBinding(library, requirements.compiler() ?? "c++");
}
