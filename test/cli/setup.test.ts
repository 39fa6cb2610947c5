import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { compilerArguments, headersFolder, quietArguments } from "../../src/cli/setup/binding";
import { once } from "../../src/cli/setup/jupyter";
import { libraryFolder } from "../../src/cli/setup/libtensorflow";
import { ProgramFailed, run } from "../../src/cli/setup/run";
import { wheelFor, type Wheel } from "../../src/cli/setup/wheels";
import { packageFolder } from "../../src/core/paths";

const folder = mkdtempSync(join(tmpdir(), "deepfixcx-"));
afterAll(() => rmSync(folder, { recursive: true }));
const load = createRequire(join(packageFolder, "package.json"));
const packageHeaders = (load("node-api-headers") as { include_dir: string }).include_dir;

describe("once", () => {
  it("repeats what failed, not what is done, and does it again for another state", async () => {
    const mark = join(folder, "mark");
    const done: string[] = [];
    const attempt = (state: string, fails = false): Promise<void> =>
      once(mark, state, () => {
        done.push(state);
        return fails ? Promise.reject(new Error("killed")) : Promise.resolve();
      });
    await expect(attempt("a", true)).rejects.toThrow("killed");
    await attempt("a");
    await attempt("a");
    await attempt("b");
    expect(done).toEqual(["a", "a", "b"]);
  });
});

describe("run", () => {
  it("gives a program's output, and its last complaint when it fails", async () => {
    expect(await run(process.execPath, ["-e", "console.log('one'); console.log('two')"])).toBe("one\ntwo");
    const failing = run("sh", ["-c", "echo first >&2; echo last >&2; exit 3"]);
    await expect(failing).rejects.toThrow(new ProgramFailed("sh: last"));
    await expect(run(join(folder, "none"), [])).rejects.toThrow(ProgramFailed);
  });
});

describe("the headers of Node", () => {
  it("are those beside Node, else those of node-api-headers", () => {
    const headers = headersFolder();
    expect(existsSync(join(headers, "node_api.h"))).toBe(true);
    expect(headersFolder(join(folder, "bin", "node"))).toBe(packageHeaders);
  });
});

const library = libraryFolder(wheelFor(`${process.platform}-${process.arch}`) as Wheel);

describe.skipIf(!existsSync(library))("the binding", () => {
  it("compiles with the headers of node-api-headers, and loads", { timeout: 300_000 }, async () => {
    // Beside the library, since that is where it looks for it.
    const file = join(library, `test-${process.pid}.node`);
    try {
      await run("c++", compilerArguments(library, packageHeaders, file));
      const version = await run(process.execPath, ["-p", `require(${JSON.stringify(file)}).TF_Version`]);
      expect(version).toBe("2.21.0");
    } finally {
      rmSync(file, { force: true });
    }
  });

  it("has beside it a module that closes standard error for a moment", async () => {
    const file = join(folder, "quiet.node");
    await run("c++", quietArguments(packageHeaders, file));
    const say = `require("node:fs").writeSync(2, word + "\\n")`;
    const program = `const quiet = require(${JSON.stringify(file)}), say = (word) => ${say};
      say("before"); quiet.mute(); say("between"); quiet.unmute(); say("after")`;
    const { stderr } = await promisify(execFile)(process.execPath, ["-e", program]);
    expect(stderr).toBe("before\nafter\n");
  });

  it("tells a compiler's complaint in one line", async () => {
    const broken = join(folder, "headers");
    writeFileSync(broken, "");
    const compiling = run("c++", compilerArguments(dirname(library), broken, join(folder, "out.node")));
    await expect(compiling).rejects.toThrow(/^c\+\+: .+$/);
  });
});
