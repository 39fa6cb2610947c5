import { mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DataError, OptionError } from "../../src/core/errors";
import { saveReport } from "../../src/experiment/report";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "report-"));
  vi.stubEnv("DEEPFIXCX_REPORTS", join(folder, "reports"));
});
afterEach(() => vi.unstubAllEnvs());

describe("saveReport", () => {
  it("writes the values and nothing else", async () => {
    const file = await saveReport("quickstart", { auc: 0.5, versions: { node: "v20" } });
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ auc: 0.5, versions: { node: "v20" } });
    expect(await readdir(join(folder, "reports"))).toEqual(["quickstart.json"]);
  });

  it("refuses a number that JSON cannot hold, naming it, and writes nothing", async () => {
    await expect(saveReport("quickstart", { auc: Number.NaN })).rejects.toThrow(/"auc", got NaN/);
    await expect(readdir(join(folder, "reports"))).rejects.toThrow();
  });

  it("refuses a name that leaves the folder", async () => {
    await expect(saveReport("../x", {})).rejects.toThrow(OptionError);
  });

  it("says what to do where the folder cannot be written", async () => {
    await writeFile(join(folder, "reports"), "a file in its place");
    await expect(saveReport("quickstart", {})).rejects.toThrow(DataError);
    await expect(saveReport("quickstart", {})).rejects.toThrow(/DEEPFIXCX_REPORTS/);
  });
});
