import { expect, it } from "vitest";
import { OptionError } from "../../src/core/errors";
import { checkOptions } from "../../src/core/options";

const names = { epochs: true, batchSize: true, signal: true } as const;
type Options = { readonly [Name in keyof typeof names]?: unknown };
const check = (options: object | null | undefined): void => checkOptions<Options>("train", options, names);

it("lets known options pass, and none", () => {
  expect(() => check({})).not.toThrow();
  expect(() => check({ epochs: 3, signal: undefined })).not.toThrow();
});

it("refuses an unknown option by name, with what there is and what was likely meant", () => {
  const refused = () => check({ epochs: 3, batchsize: 8 });
  expect(refused).toThrow(OptionError);
  expect(refused).toThrow("train: options among epochs, batchSize, signal, got batchsize; did you mean batchSize?");
  expect(() => check({ epoch: 3 })).toThrow(/did you mean epochs\?/);
  expect(() => check({ singal: 3 })).toThrow(/did you mean signal\?/);
  expect(() => check({ colour: 3 })).toThrow(/got colour$/);
});

it.each([undefined, null, 3, "fast"])("refuses %o for options", (options) => {
  expect(() => check(options as unknown as object)).toThrow(/options \{ epochs, batchSize, signal \}, got/);
});
