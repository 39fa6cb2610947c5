import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { dataCommand } from "../../src/cli/data";
import { scratchFolder } from "../data/pictures";
import { npyOf } from "../data/zipFile";

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

  it("prints where the data are and what they hold", async () => {
    const place = join(folder, "there", "medmnist", "breastmnist_224");
    await mkdir(place, { recursive: true });
    for (const [part, count] of Object.entries({ train: 546, val: 78, test: 156 })) {
      const pixels = Uint8Array.from({ length: 2 * count }, (_, at) => (at % 2 === 0 ? at >> 1 : at >> 9));
      await writeFile(join(place, `${part}_images.npy`), npyOf([count, 1, 2], pixels));
    }
    await type("breastmnist_224", "--to", join(folder, "there"));
    const printed = vi.mocked(console.log).mock.calls.flat().join("\n");
    expect(printed).toMatch(/MedMNIST breastmnist_224.*\nLicence: CC BY 4\.0\nIn .*medmnist:\n {2}train images: 546\n/);
    expect(printed).toMatch(
      /\d+ of them stand in several parts of the split\.\nTo use it: DEEPFIXCX_DATA=.*there, then/,
    );
  });

  it("lists the data sets when the name is none of them", async () => {
    await expect(type("moon")).rejects.toThrow(
      /Allowed choices are kim-eye, mobileodt, chexpert-small, chestmnist_224/,
    );
  });
});
