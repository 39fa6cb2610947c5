import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** `deepfixcx kernel install | list | remove`, as a person types them. */
const program = join(import.meta.dirname, "..", "..", "dist", "cli", "main.js");

interface Spec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: string;
  readonly env: Readonly<Record<string, string>>;
}

describe("the kernel's commands", () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "deepfixcx-install-"))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function kernel(...args: readonly string[]): Promise<string> {
    return kernelWith(without("JUPYTER_DATA_DIR", "VIRTUAL_ENV", "CONDA_PREFIX"), ...args);
  }

  async function kernelWith(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [program, "kernel", ...args], { env });
    return stdout;
  }

  const below = (...parts: readonly string[]): string => join(folder, ...parts);
  const kernelsOf = (prefix: string): string => below(prefix, "share", "jupyter", "kernels");
  const specIn = (path: string): Spec => JSON.parse(readFileSync(join(path, "kernel.json"), "utf8")) as Spec;

  it("installs below a prefix, with absolute paths, logos and all that a kernel.json says", async () => {
    const said = await kernel("install", "--prefix", below("a"));
    const installed = join(kernelsOf("a"), "deepfixcx");
    expect(said).toContain(installed);
    const { argv, ...spec } = specIn(installed);
    expect(spec).toMatchObject({ language: "typescript", interrupt_mode: "message" });
    expect(spec.display_name).toBe("TypeScript (DeepFixCX)");
    expect(spec.env["TF_CPP_MIN_LOG_LEVEL"]).toBe("2");
    expect(argv[0]).toBe(process.execPath);
    expect(argv.at(-1)).toBe("{connection_file}");
    expect(argv).toContain("--heap-growing-percent=100"); // README, "Node searches"
    const files = argv.filter((part) => part.endsWith(".js"));
    expect(files.map((file) => isAbsolute(file) && existsSync(file))).toEqual([true]);
    for (const logo of ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"])
      expect(existsSync(join(installed, logo))).toBe(true);
  });

  it("lists what it installed, under the names that were chosen, and nothing of others", async () => {
    const foreign = join(kernelsOf("b"), "other");
    mkdirSync(foreign, { recursive: true });
    writeFileSync(join(foreign, "kernel.json"), JSON.stringify({ argv: ["other"], display_name: "Other" }));
    expect(await kernel("list", "--prefix", below("b"))).toContain("none");
    await kernel("install", "--prefix", below("b"));
    await kernel("install", "--prefix", below("b"), "--name", "Mine", "--display-name", "My kernel");
    const lines = (await kernel("list", "--prefix", below("b"))).trim().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^mine {2}My kernel {2}/);
  });

  it("removes its own kernels only", async () => {
    await kernel("install", "--prefix", below("b"), "--name", "gone");
    await kernel("remove", "--prefix", below("b"), "--name", "gone");
    expect(existsSync(join(kernelsOf("b"), "gone"))).toBe(false);
    await expect(kernel("remove", "--prefix", below("b"), "--name", "other")).rejects.toMatchObject({ code: 1 });
    expect(existsSync(join(kernelsOf("b"), "other"))).toBe(true);
  });

  it("installs again over itself", async () => {
    await kernel("install", "--prefix", below("a"), "--display-name", "New name");
    expect(specIn(join(kernelsOf("a"), "deepfixcx")).display_name).toBe("New name");
  });

  it("installs for the user, where Jupyter looks, with --user and without", async () => {
    const env = { ...process.env, JUPYTER_DATA_DIR: below("data") };
    await kernelWith(env, "install", "--user");
    expect(existsSync(below("data", "kernels", "deepfixcx", "kernel.json"))).toBe(true);
    expect(await kernelWith(env, "list")).toContain(below("data"));
    await kernelWith(env, "remove");
    expect(await kernelWith(env, "list", "--user")).toContain("none");
  });

  it.skipIf(process.platform !== "linux")("finds the user's folder without Jupyter's own variable", async () => {
    await kernelWith({ ...without("JUPYTER_DATA_DIR", "XDG_DATA_HOME"), HOME: below("home") }, "install");
    expect(existsSync(below("home", ".local", "share", "jupyter", "kernels", "deepfixcx"))).toBe(true);
  });

  it("installs into the active environment with --sys-prefix, and says when there is none", async () => {
    const env = { ...process.env, VIRTUAL_ENV: below("venv") };
    await kernelWith(env, "install", "--sys-prefix");
    expect(existsSync(join(kernelsOf("venv"), "deepfixcx"))).toBe(true);
    await expect(kernel("install", "--sys-prefix")).rejects.toThrow("active Python environment");
  });

  it("refuses two places at once and names that Jupyter would not take", async () => {
    await expect(kernel("install", "--user", "--prefix", below("c"))).rejects.toThrow("one of --user");
    await expect(kernel("install", "--prefix", below("c"), "--name", "a b")).rejects.toThrow("letters, digits");
    expect(existsSync(below("c"))).toBe(false);
  });
});

/** This process's environment without some variables. */
function without(...names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.includes(name)));
}
