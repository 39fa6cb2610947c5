import { execFile } from "node:child_process";
import { join } from "node:path";
import { packageFolder } from "../../src/core/paths";

/** A command that has ended. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line as npx starts it: by its name, not by way of node. */
export function deepfixcx(...args: readonly string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(join(packageFolder, "dist/cli/main.js"), args, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
