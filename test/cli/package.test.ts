import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths";

const folder = mkdtempSync(join(tmpdir(), "deepfixcx-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const minutes = 60_000;

/** The commands that the README gives under this heading, as they stand there. */
function commandsUnder(heading: string): readonly string[] {
  const section = readFileSync(join(packageFolder, "README.md"), "utf8").split(`\n## ${heading}\n`)[1] ?? "";
  const block = /```sh\n([^]*?)```/.exec(section)?.[1] ?? "";
  return block.split("\n").filter((line) => line.trim() !== "");
}

async function shell(command: string): Promise<string> {
  return (await promisify(execFile)("sh", ["-c", command], { cwd: folder })).stdout;
}

const script = `
const { compress, train, predict, evaluate, explain, datasets, collectImages } = require("deepfixcx");
console.log([compress, train, predict, evaluate, explain, collectImages, datasets.phantom].map((name) => typeof name).join());
`;

// It installs some 600 packages and Jupyter anew, which takes minutes.
describe.skipIf(process.env["DEEPFIXCX_TEST_FULL"] !== "1")("the package in another project", () => {
  it("installs with the README's commands, and loads there", { timeout: 20 * minutes }, async () => {
    await shell(`npm pack --silent --pack-destination "${folder}" "${packageFolder}"`);
    const commands = commandsUnder("In your own project");
    expect(commands.at(-1)).toBe("npx deepfixcx setup");
    for (const command of commands) await shell(command);
    writeFileSync(join(folder, "script.js"), script);
    expect(await shell(`"${process.execPath}" script.js`)).toBe(`${Array(7).fill("function").join()}\n`);
    expect(readdirSync(join(folder, ".venv", "share", "jupyter", "kernels"))).toContain("deepfixcx");
  });
});
