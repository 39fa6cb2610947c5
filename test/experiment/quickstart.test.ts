import { afterAll, describe, expect, it, vi } from "vitest";
import { compress } from "../../src/compress/compress";
import { datasets } from "../../src/data/datasets";
import { hashFolds } from "../../src/data/split";
import { evaluate } from "../../src/evaluate/evaluate";
import { crossValidate } from "../../src/train/crossValidate";

const realData = process.env["DEEPFIXCX_TEST_DATA"];
afterAll(() => vi.unstubAllEnvs());

// The lower end of the interval that the paper's MLP had at this setting before this package was built.
const leastAuc = 0.828;

describe.skipIf(realData === undefined)("the quickstart on real X-rays (DEEPFIXCX_TEST_DATA)", () => {
  it("scores every image once, with an AUC not below what was measured before", { timeout: 600_000 }, async () => {
    vi.stubEnv("DEEPFIXCX_DATA", realData);
    const data = await datasets.open("quickstart");
    expect(data.synthetic).toBe(false);
    const groups = data.groups as Record<string, string>;
    const embedding = await compress(data.images(), { level: 2, patchGrid: 19 });
    const model = { kind: "mlp", normalisation: "zero mean" } as const;
    const { predictions } = await crossValidate(embedding, data.labels, {
      model,
      folds: hashFolds(groups, 5),
      seed: 0,
    });
    const { auc, images, patients } = evaluate(predictions, data.labels, { groups });
    expect({ images, patients }).toEqual({ images: 616, patients: 414 });
    expect(auc.value).toBeGreaterThanOrEqual(leastAuc);
  });
});
