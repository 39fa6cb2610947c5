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

/** The four verbs, as a script and as a notebook's cell would use them. */
const chain = `
const data = await datasets.phantom("chest", { classes: ["Lung Opacity"], images: 60, size: 64 });
const embedding = await compress(data.images(), { level: 2, patchGrid: 4 });
const split = splitByGroup(data.labels, data.groups, { fractions: { train: 0.6, validation: 0.2, test: 0.2 }, seed: 1 });
const model = await train(embedding, data.labels, { model: "mlp", split, epochs: 2, seed: 1 });
const evaluation = evaluate(await predict(model, embedding), data.labels, { groups: data.groups });
const attribution = explain(model, embedding);
console.log(\`\${embedding.shape} \${evaluation.images} \${attribution.kind} \${versions().backend}\`);
`;
const names = "compress, datasets, evaluate, explain, predict, splitByGroup, train, versions";
const said = "60,1,16,4,4,1 60 attribution native";

// It installs some 600 packages and Jupyter anew, which takes minutes.
describe.skipIf(process.env["DEEPFIXCX_TEST_FULL"] !== "1")("the package in another project", () => {
  it("installs with the README's commands, and loads there", { timeout: 20 * minutes }, async () => {
    await shell(`npm pack --silent --pack-destination "${folder}" "${packageFolder}"`);
    const commands = commandsUnder("In your own project");
    expect(commands.at(-1)).toBe("npx deepfixcx setup");
    for (const command of commands) await shell(command);
    writeFileSync(
      join(folder, "script.js"),
      `const { ${names} } = require("deepfixcx");\n(async () => {${chain}})();\n`,
    );
    expect(await shell(`"${process.execPath}" script.js`)).toContain(said);
    expect(readdirSync(join(folder, ".venv", "share", "jupyter", "kernels"))).toContain("deepfixcx");
    const cells = [`import { ${names} } from "deepfixcx";`, chain].map((source, at) => {
      return { cell_type: "code", id: `cell-${at}`, metadata: {}, outputs: [], execution_count: null, source };
    });
    const notebook = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
    writeFileSync(join(folder, "verbs.ipynb"), JSON.stringify(notebook));
    const execute =
      "nbconvert --to notebook --execute --ExecutePreprocessor.kernel_name=deepfixcx --output ran verbs.ipynb";
    await shell(`.venv/bin/jupyter ${execute}`);
    expect(readFileSync(join(folder, "ran.ipynb"), "utf8")).toContain(said);
  });
});
