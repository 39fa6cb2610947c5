import { expect, test } from "vitest";
import { compress } from "../../../src/compress/compress";
import { DataError } from "../../../src/core/errors";
import type { Images } from "../../../src/core/images";
import { Random } from "../../../src/core/random";
import type { Page, Table } from "../../../src/display/view";
import { evaluate } from "../../../src/evaluate/evaluate";

test("the privacy card puts every attack beside chance, raw pixels and what the label alone gives", async () => {
  const random = new Random(6);
  const ids = Array.from({ length: 120 }, (_, at) => `${Math.floor(at / 2)}-${at % 2}`);
  const faces = Array.from({ length: 60 }, () => Array.from({ length: 256 }, () => random.integer(200)));
  const dark = (at: number): boolean => at % 8 < 4; // of every patient, and whatever the label
  const pixels = Uint8Array.from(
    ids.flatMap((_, at) =>
      (faces[Math.floor(at / 2)] as number[]).map((x) => x + random.integer(20) + (dark(at) ? 0 : 35)),
    ),
  );
  const images: Images = { pixels, shape: [120, 1, 16, 16], ids };
  const groups = Object.fromEntries(ids.map((id) => [id, id.split("-")[0] as string]));
  const labels = {
    kind: "binary",
    classes: ["x"],
    ids,
    values: Float32Array.from(ids, (_, at) => Math.floor(at / 2) % 2),
  } as const;
  const embedding = await compress(images, { level: 1, patchGrid: 4 });
  const coat = Object.fromEntries(ids.map((id, at) => [id, dark(at) ? "dark" : "bright"]));
  const sure = (from: number, to: number, share: number) => ({
    ids: ids.slice(from, to),
    classes: ["x"],
    probabilities: labels.values.slice(from, to).map((truth) => (truth === 1 ? share : 1 - share)),
  });
  const card = await evaluate.privacy(embedding, images, {
    ...{ groups, labels, side: 8, epochs: 2, bootstraps: 20 },
    ...{ attributes: { coat }, training: { members: sure(0, 60, 0.9), others: sure(60, 120, 0.6) } },
  });

  expect(card).toMatchObject({ bytes: 256, inMemoryRatio: 25, guarantee: { kind: "none" } });
  expect(card.linkage.euclidean.verificationAuc.value).toBeGreaterThan(0.95);
  const label = card.linkage.label?.verificationAuc.value as number;
  expect(label).toBeGreaterThan(0.65); // a patient's two images share the label, half of all others do too
  expect(label).toBeLessThan(0.85);
  const [table] = ((await card.view()) as Page).views as [Table];
  const row = table.rows.find(([name]) => name === "linkage, Euclidean: verification AUC");
  expect(row?.[1]).toBe(card.linkage.euclidean.verificationAuc.value);
  expect(row?.slice(4)).toEqual([0.5, card.linkage.pixels.verificationAuc.value, label]);

  const [attack] = card.attributes;
  const [inferred, fromLabel] = [attack?.embedding.inferred[0]?.auc, attack?.label?.inferred[0]?.auc];
  expect(inferred?.value).toBeGreaterThan(0.9);
  expect(fromLabel?.low).toBeLessThan(0.55);
  expect(card.membership?.auc.value).toBe(1);
  const told = table.rows.filter(([name]) => typeof name === "string" && name.startsWith("inference"));
  expect(told.map((cells) => [cells[1], cells[6]])).toEqual([
    [inferred?.value, fromLabel?.value],
    [1, null],
  ]);
  const untold = { groups, training: { members: sure(0, 60, 0.9), others: sure(60, 120, 0.6) } };
  await expect(evaluate.privacy(embedding, images, untold)).rejects.toThrow(/labels beside training/);
}, 120_000);

const image: Images = { pixels: new Uint8Array(64), shape: [1, 1, 8, 8], ids: ["a"] };

test.each(["privacy", "linkage", "reconstructionAttack", "attributeInference"] as const)(
  "%s refuses to attack patients that are not named",
  async (attack) => {
    const options = attack === "linkage" ? [{}] : attack === "attributeInference" ? [{}, "sex", {}] : [image, {}];
    const call = async (): Promise<unknown> =>
      await (evaluate[attack] as (...args: unknown[]) => unknown)(image, ...options);
    await expect(call()).rejects.toThrow(DataError);
    await expect(call()).rejects.toThrow(
      `evaluate.${attack}: groups, the patient of every image by its id, got undefined`,
    );
  },
);

test("the privacy card refuses images for an embedding, and folds that are no folds", async () => {
  const groups = { a: "p" };
  const embedding = await compress(image, { level: 1, patchGrid: 1 });
  await expect(evaluate.privacy(image as never, image, { groups })).rejects.toThrow(
    /privacy: an embedding with values/,
  );
  await expect(evaluate.privacy(embedding, embedding as never, { groups })).rejects.toThrow(
    /privacy: images \{ pixels, shape, ids \}, got \{ values, /,
  );
  await expect(evaluate.privacy(embedding, image, { groups, folds: 5 as never })).rejects.toThrow(
    /a fold for every image, got none for "a"; make folds with hashFolds/,
  );
});
