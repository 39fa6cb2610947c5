import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths";
import { deepfixcx } from "./run";

describe("deepfixcx", () => {
  it("lists its commands, each with a line of what it does", async () => {
    const { code, stdout } = await deepfixcx("--help");
    expect(code).toBe(0);
    expect(stdout).toContain("import { train, evaluate, explain }");
    expect(stdout).not.toMatch(/^ +train/m);
    for (const command of ["setup", "compress", "privatize", "reproduce", "bench"])
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b.*  [a-z]`, "m"));
  });

  it("shows the same help when nothing is asked of it", async () => {
    const [bare, help] = [await deepfixcx(), await deepfixcx("--help")];
    expect(bare).toMatchObject({ code: 2, stdout: "", stderr: help.stdout });
  });

  it.each([
    [["compres"], /^deepfixcx: unknown command 'compres'.*type `deepfixcx --help`/],
    [
      ["train", "scans", "--epochs", "3"],
      /^deepfixcx: .*got train;.*cells and scripts: import { train } from "deepfixcx"/,
    ],
    [["explain", "--help"], /^deepfixcx: .*import { explain } from "deepfixcx"/],
    [["setup", "--bogus"], /^deepfixcx setup: unknown option '--bogus'; type `deepfixcx setup --help`/],
    [
      ["compress", "x"],
      /^deepfixcx compress: required option '--level <J>' not specified; type `deepfixcx compress --help`/,
    ],
    [
      ["compress", "x", "--level", "1", "--patchgrid", "19", "--out", "x.npy"],
      /^deepfixcx compress: unknown option '--patchgrid' \(Did you mean --patch-grid\?\); type/,
    ],
    [["compress"], /^deepfixcx compress: missing required argument 'input'; type/],
    [["explore"], /^deepfixcx explore: required option '--out <PAGE\.html>' not specified; type/],
    [["bench", "nothing"], /^deepfixcx bench: .*'nothing'.*type `deepfixcx bench --help`/],
    [["reproduce", "nothing"], /^reproduce: a notebook's name.*got "nothing"/],
  ])("answers wrong usage (%s) with one line that says what to type, and 2", async (args, line) => {
    const { code, stdout, stderr } = await deepfixcx(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(line);
    expect(stderr.trim()).not.toContain("\n");
  });

  it("answers what cannot be done with one line and 1", async () => {
    const arguments_ = ["--level", "1", "--patch-grid", "2", "--out", join(packageFolder, "none", "x.npy")];
    const { code, stderr } = await deepfixcx("compress", join(packageFolder, "no-such-folder"), ...arguments_);
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^[^\n]*no-such-folder[^\n]*$|^[^\n]*none[^\n]*$/);
  });

  it("says its version", async () => {
    expect((await deepfixcx("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
