import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { host } from "../../core/host";

/** A program that set-up needs did not do its work; the message is one line. */
export class ProgramFailed extends Error {
  override readonly name = "ProgramFailed";
}

/**
 * Runs a program to its end, or until the host's signal stops it.
 *
 * @param onLine - given every line of standard output as it comes
 * @returns its standard output, empty where `onLine` has taken it
 * @throws ProgramFailed with the last line of its standard error when it does not start or does not exit with 0
 */
export async function run(program: string, args: readonly string[], onLine?: (line: string) => void): Promise<string> {
  const signal = host()?.signal;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], signal });
  const lines: string[] = [];
  const complaints: string[] = [];
  createInterface({ input: child.stdout }).on("line", onLine ?? ((line) => lines.push(line)));
  createInterface({ input: child.stderr }).on("line", (line) => complaints.push(line));
  const status = await new Promise<number | string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, killedBy) => resolve(code ?? `stopped by ${killedBy ?? "a signal"}`));
  });
  signal?.throwIfAborted();
  if (status === 0) return lines.join("\n");
  const reason = complaints.findLast((line) => line.trim() !== "") ?? `ended with ${status}`;
  throw new ProgramFailed(`${program}: ${reason.trim()}`);
}
