import { beforeAll, describe, expect, it } from "vitest";
import type { Images } from "../../src/core/images";
import { tensorflowSync } from "../../src/core/packages";
import { Random } from "../../src/core/random";
import type { Labels } from "../../src/data/labels";
import type { Page, Picture } from "../../src/display/view";
import { explain } from "../../src/explain/explain";
import type { TrainedModel } from "../../src/train/model";
import { predict } from "../../src/train/predict";
import { train } from "../../src/train/train";

const side = 32;

/** Synthetic: a bright square at the top left speaks for the class. */
function squares(count: number): { images: Images; labels: Labels } {
  const random = new Random(3);
  const pixels = Uint8Array.from({ length: count * side * side }, () => 60 + random.integer(60));
  for (let image = 0; image < count; image += 2) {
    for (let at = 0; at < 100; at++)
      pixels[image * side * side + (2 + Math.floor(at / 10)) * side + 2 + (at % 10)] = 250;
  }
  const ids = Array.from({ length: count }, (_, image) => `image ${image}`);
  const values = Float32Array.from(ids, (_, image) => 1 - (image % 2));
  return {
    images: { pixels, shape: [count, 1, side, side], ids },
    labels: { kind: "binary", classes: ["square"], values, ids },
  };
}

describe("explain(deep network, images)", () => {
  const { images, labels } = squares(48);
  const split = { train: images.ids.slice(0, 32), validation: images.ids.slice(32), test: [] };
  const few: Images = {
    pixels: images.pixels.slice(0, 4 * side * side),
    shape: [4, 1, side, side],
    ids: images.ids.slice(0, 4),
  };
  let model: TrainedModel;

  beforeAll(async () => {
    const kind = { kind: "resnet18", privatize: { level: 1, patchGrid: 16 } } as const;
    model = await train(images, labels, { model: kind, split, epochs: 6, batchSize: 8 });
  }, 300_000);

  it("gives the network's own logits, completes by integrated gradients, and leaves no tensor behind", async () => {
    const before = tensorflowSync().memory().numTensors;
    const found = await explain(model, few, { steps: 32 });
    expect(tensorflowSync().memory().numTensors).toBe(before);
    const { probabilities } = await predict(model, few);
    expect(found.scores).toBeAllclose(
      Float64Array.from(probabilities, (p) => Math.log(p / (1 - p))),
      { atol: 1e-2 },
    );
    expect(found.shape).toEqual([4, side, side]);
    // A network of ReLUs is not smooth: the sum misses by the error of the rule, which more nodes make smaller.
    expect(found.completenessGap).toBeLessThan(0.2);
    const coarse = await explain(model, few, { steps: 1 });
    expect(found.completenessGap).toBeLessThan(coarse.completenessGap);
  }, 300_000);

  it("finds the square: Grad-CAM and integrated gradients are strongest in its quarter", async () => {
    for (const method of ["gradCam", "integratedGradients"] as const) {
      const { values } = await explain(model, few, { method, baseline: "mean" });
      const quarters = new Float64Array(4);
      values.subarray(0, side * side).forEach((value, at) => {
        const quarter = 2 * Math.floor(at / side / 16) + Math.floor((at % side) / 16);
        quarters[quarter] = (quarters[quarter] as number) + Math.abs(value);
      });
      expect(quarters.indexOf(Math.max(...quarters)), method).toBe(0);
    }
  }, 300_000);

  it("is drawn over what the network saw, privatized, and over nothing where it saw pixels", async () => {
    const found = await explain(model, few, { method: "gradCam" });
    expect(found.seen).toHaveLength(4 * side * side);
    const [, picture] = ((await found.view()) as Page).views as [unknown, Picture];
    expect(picture.tiles[0]?.over).toHaveLength(side * side);
    const plain = { ...model, model: { kind: "resnet18" } } as TrainedModel;
    expect((await explain(plain, few, { method: "gradCam" })).seen).toHaveLength(0);
  }, 300_000);

  it("refuses other methods, and models of features", async () => {
    await expect(explain(model, few, { method: "deeplift" as never })).rejects.toThrow(
      '"integratedGradients" or "gradCam"',
    );
    await expect(explain(model, few, { steps: 0 })).rejects.toThrow("steps");
    expect(() => explain(model, undefined as never)).toThrow("second argument");
    expect(() => (explain as (settings: unknown) => unknown)({ level: 2, patchGrid: 3 })).toThrow("{ imageShape }");
  }, 300_000);
});
