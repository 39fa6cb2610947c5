import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { DataError } from "../../core/errors";
import { host } from "../../core/host";
import { packageFolder, projectFolder } from "../../core/paths";

const script = join(packageFolder, "src", "cli", "reproduce", "run_notebook.py");

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

/**
 * Runs a notebook and writes the executed copy and its page into a folder; undefined when every cell ran, else the last
 * lines of what went wrong, which hold the cell's error.
 *
 * @throws the reason of the host's signal when a person interrupts it; what Jupyter says to that is nobody's concern
 */
export async function execute(notebook: string, folder: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const signal = host()?.signal;
  const child = spawn(python(), [script, notebook, folder], { env, stdio: ["ignore", "pipe", "pipe"], signal });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("error", (error) => chunks.push(Buffer.from(error.message)));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  signal?.throwIfAborted();
  const text = stripVTControlCharacters(Buffer.concat(chunks).toString()); // tracebacks are coloured
  return code === 0 ? undefined : text.trimEnd().split("\n").slice(-25).join("\n");
}

function python(): string {
  return join(projectFolder(), ".venv", "bin", "python");
}
