import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, packageFolder } from "../../core/paths";
import { startWork, type Work } from "../../core/progress";
import { run } from "./run";
import type { Wheel } from "./wheels";

const script = join(packageFolder, "src", "cli", "setup", "fetch_libtensorflow.py");

/** Where a wheel's C library lives (`lib/`, `include/`), and beside it what is compiled against it. */
export function libraryFolder(wheel: Wheel): string {
  return cacheFolder("libtensorflow", `${wheel.version}-${wheel.platform}`);
}

/**
 * Fetches TensorFlow's C library into the cache, unless it is there.
 *
 * @param python - a Python that has the pinned pip
 * @throws ProgramFailed when it cannot be had; what was downloaded until then stays and is not fetched again
 */
export async function fetchLibrary(wheel: Wheel, python: string): Promise<void> {
  const folder = libraryFolder(wheel);
  if (existsSync(folder)) return;
  let step = "";
  let work: Work | undefined;
  const onLine = (line: string): void => {
    const [name = "", done, total] = line.split(" ");
    if (name !== step) {
      work?.end();
      work = startWork(`${name} libtensorflow (MB)`, megabytes(total));
      step = name;
    }
    work?.report(megabytes(done));
  };
  try {
    await run(python, [script, JSON.stringify({ ...wheel, folder })], onLine);
  } finally {
    work?.end();
  }
}

function megabytes(bytes: string | undefined): number {
  return Math.round(Number(bytes) / 1e6);
}
