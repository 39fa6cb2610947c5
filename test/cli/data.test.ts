import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { dataCommand } from "../../src/cli/data";
import { scratchFolder } from "../data/pictures";

const folder = await scratchFolder();

afterEach(() => vi.restoreAllMocks());

function type(...words: string[]): Promise<unknown> {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const command = dataCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return command.parseAsync(words, { from: "user" });
}

describe("data command", () => {
  it("names licence and steps where a login is needed", async () => {
    await expect(type("mobileodt", "--to", join(folder, "x"))).rejects.toThrow(/needs a login.*1\. Make an account/s);
    expect(vi.mocked(console.log).mock.calls.flat().join("\n")).toMatch(/Licence: the contest's rules/);
  });

  it("lists the data sets when the name is none of them", async () => {
    await expect(type("moon")).rejects.toThrow(
      /Allowed choices are kim-eye, mobileodt, chexpert-small, chestmnist_224/,
    );
  });
});
