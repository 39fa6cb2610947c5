import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths";

const requirements = pathToFileURL(join(packageFolder, "src/cli/requirements.mjs")).href;
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "deepfixcx-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that prints what a Python or a compiler would, in a folder that is the whole path. */
function program(name: string, script: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const goodPython = program("python-good", 'echo "3 12"');
const goodCompiler = program("compiler-good", "echo compiler");

async function missing(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const code = `import(${JSON.stringify(requirements)}).then((m) => console.log(JSON.stringify(m.missingRequirements())))`;
  const all = { PATH: folder, PYTHON: goodPython, CXX: goodCompiler, ...env };
  return JSON.parse((await run(process.execPath, ["-e", code], { env: all })).stdout) as string[];
}

describe("what set-up requires", () => {
  it("is content with Python, its venv and a compiler", async () => {
    expect(await missing({})).toEqual([]);
  });

  it.each([
    ["no Python", { PYTHON: join(folder, "none") }, /^Python is missing .*install Python 3\.10/],
    ["an old Python", { PYTHON: program("python-old", 'echo "3 9"') }, /^Python 3\.9 is too old/],
    [
      "a Python without ensurepip",
      { PYTHON: program("python-bare", 'echo "3 11"; exit 1') },
      /python3-venv|venv package/,
    ],
    ["no compiler", { CXX: join(folder, "none") }, /^A C\+\+ compiler is missing: install one/],
  ])("names %s in one line with what to install", async (_, env, complaint) => {
    const lines = await missing(env);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(complaint);
    expect(lines[0]).not.toContain("\n");
  });

  it("asks for Node 20.19 or later", async () => {
    const { nodeComplaint } = (await import(requirements)) as {
      readonly nodeComplaint: (version: string) => string | undefined;
    };
    expect(["20.19.0", "20.20.2", "22.1.0"].map(nodeComplaint)).toEqual([undefined, undefined, undefined]);
    expect(nodeComplaint("20.18.3")).toMatch(/Node 20\.18\.3 is too old: install Node 20\.19/);
    expect(nodeComplaint("18.20.0")).toMatch(/too old/);
  });

  it("is checked before anything is installed", async () => {
    const bootstrap = run(process.execPath, [join(packageFolder, "src/cli/bootstrap.mjs")], {
      env: { PATH: folder, PYTHON: join(folder, "none"), CXX: goodCompiler },
    });
    await expect(bootstrap).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^Python.*\n$/) as string,
    });
  });
});
