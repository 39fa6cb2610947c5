// What a notebook's cells write, compiled as the kernel compiles it. Every name is checked where it is used: a type that
// the kernel's older compiler cannot read becomes `any`, and `only` refuses `any`.
import {
  type Embedding,
  type Evaluation,
  type Figure,
  type Images,
  type Predictions,
  type TrainedModel,
  DataError,
  barChart,
  compress,
  crossValidate,
  datasets,
  evaluate,
  explain,
  foldByGroup,
  lineChart,
  predict,
  privatize,
  reconstruct,
  toPng,
} from "deepfixcx";

type IsAny<T> = 0 extends 1 & T ? true : false;
type Exactly<Actual, Expected> =
  IsAny<Actual> extends true
    ? never
    : [Actual] extends [Expected]
      ? [Expected] extends [Actual]
        ? Actual
        : never
      : never;
/** Accepts a value only when its type is just this one, not `any`. */
const only =
  <Expected>() =>
  <Actual>(value: Exactly<Actual, Expected>) =>
    value;

async function cells() {
  const dataset = await datasets.phantom("chest", { images: 40, seed: 1 });
  const images = dataset.images();
  const embedding = await compress(images, { level: 2, patchGrid: 19, wavelet: "haar", pooling: ["l1", "max"] });
  only<Float32Array>()(embedding.values);
  only<number>()(embedding.shape[5]);
  only<readonly string[]>()(embedding.ids);
  const plain: Embedding = embedding;

  const back: Images = await reconstruct(plain, { size: "compact" });
  only<Uint8Array | Uint16Array | Float32Array>()(back.pixels);
  await privatize(back, { level: 1, patchGrid: [3, 4] });

  const folds = foldByGroup(dataset.labels, dataset.groups, { folds: 5, seed: 1 });
  const { models, predictions } = await crossValidate(embedding, dataset.labels, {
    folds,
    model: "mlp",
    epochs: 2,
    seed: 1,
  });
  const model: TrainedModel = models[0];
  const again: Predictions = await predict(model, embedding);
  only<Float32Array>()(again.probabilities);

  const evaluation: Evaluation = evaluate(predictions, dataset.labels, { groups: dataset.groups });
  only<number>()(evaluation.auc.value);
  const preservation = explain({ level: 2, patchGrid: 19 }, { imageShape: [1, 64, 64] });
  only<"settings">()(preservation.kind);

  const figure: Figure = lineChart([{ name: "validation", x: [1, 2], y: Float32Array.of(0.6, 0.7) }], {
    title: "AUC",
    x: "epoch",
    y: "AUC",
  });
  only<Uint8Array>()(await toPng(figure, { theme: "dark" }));
  barChart([{ label: "model", value: 0.8, low: 0.7, high: 0.9 }], { title: "AUC", value: "ROC AUC" });

  try {
    await compress(back, { level: 9, patchGrid: 1 });
  } catch (error) {
    if (error instanceof DataError) only<string>()(error.where);
  }
}
