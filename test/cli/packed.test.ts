import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths";

it(
  "packs what set-up, the kernel and the commands read, and no sources, tests or notebooks",
  { timeout: 120_000 },
  () => {
    const listed = execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: packageFolder, encoding: "utf8" });
    const packed = JSON.parse(listed) as unknown;
    // npm lists packages in an array, newer ones in an object by name.
    const [found] = Object.values(packed as Record<string, { readonly files: readonly { readonly path: string }[] }>);
    const files = (found?.files ?? []).map(({ path }) => path);
    expect(files).toEqual(
      expect.arrayContaining([
        "LICENSE",
        "dist/index.js",
        "dist/index.d.ts",
        "dist/cli/main.js",
        "dist/kernel/main.js",
        "dist/compress/threads/worker.js",
        "dist/compress/wavelets.json",
        "kernel-spec/kernel.json",
        "kernel-spec/requirements.txt",
        "src/cli/requirements.mjs",
        "src/cli/setup/fetch_libtensorflow.py",
        "src/cli/setup/quiet.c",
        "src/cli/reproduce/run_notebook.py",
      ]),
    );
    expect(files.filter((path) => /^(test|notebooks|data-scripts)\//.test(path))).toEqual([]);
  },
);
