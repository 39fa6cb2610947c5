import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../../core/errors";
import { projectFolder } from "../../core/paths";

/** What a program left behind. */
interface Finished {
  readonly code: number;
  readonly text: string;
}

const executeArguments = [
  "--to",
  "notebook",
  "--execute",
  "--ExecutePreprocessor.kernel_name=deepfixcx",
  "--ExecutePreprocessor.timeout=-1",
  "--ExecutePreprocessor.record_timing=False",
];
// The page must open offline: nothing is loaded from elsewhere.
const pageArguments = [
  "--to",
  "html",
  "--HTMLExporter.require_js_url=",
  "--HTMLExporter.mathjax_url=",
  "--HTMLExporter.jquery_url=",
];

/** @throws DataError when set-up has not installed Jupyter */
export function checkJupyter(): void {
  if (existsSync(python())) return;
  throw new DataError({
    where: "reproduce",
    file: python(),
    required: "Jupyter's Python",
    got: "no such file",
    remedy: "run the setup command first",
  });
}

/** Runs a notebook into a folder; undefined when every cell ran, else what went wrong. */
export function execute(notebook: string, folder: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return convert([...executeArguments, "--output-dir", folder, notebook], env);
}

/** Writes a notebook's page beside it; undefined, or what went wrong. */
export function writePage(notebook: string, folder: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return convert([...pageArguments, "--output-dir", folder, notebook], env);
}

async function convert(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { code, text } = await nbconvert(args, env);
  // The last lines of a failed run hold the cell's error.
  return code === 0 ? undefined : text.trimEnd().split("\n").slice(-25).join("\n");
}

function python(): string {
  return join(projectFolder(), ".venv", "bin", "python");
}

function nbconvert(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(python(), ["-m", "nbconvert", ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, text: Buffer.concat(chunks).toString() }));
  });
}
