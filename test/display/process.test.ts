import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths";

const run = promisify(execFile);
const inScript = (script: string): Promise<{ readonly stdout: string }> =>
  run(process.execPath, ["-e", `const deepfixcx = require(${JSON.stringify(packageFolder)});${script}`], {
    timeout: 50_000,
  });

it("requiring the package loads none of the heavy packages", async () => {
  const { stdout } = await inScript(`console.log(Object.keys(require.cache).join("\\n"))`);
  expect(stdout).toContain("charts.js");
  expect(stdout).not.toMatch(/node_modules.(@tensorflow|danfojs-node|sharp|plotly|jsdom|@napi-rs|tslab|zeromq)/);
});

it("a script ends by itself after its last figure", async () => {
  const { stdout } = await inScript(`
    const figure = deepfixcx.histogram([{ name: "a", values: [1, 2, 2] }], { title: "A", x: "x" });
    deepfixcx.toBundle(figure).then(() => console.log("drawn"));
  `);
  expect(stdout).toBe("drawn\n");
});
