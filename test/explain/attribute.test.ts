import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tensorflowSync } from "../../src/core/packages";
import { Random } from "../../src/core/random";
import { float32, float64 } from "../../src/explain/algebra";
import { attribute, type Method, type RawAttribution } from "../../src/explain/attribute";
import { celuSlope, scoreOf, type Matrix, type Network } from "../../src/explain/scoring";

interface Golden {
  readonly mean: number[];
  readonly v: number[];
  readonly weights: number[][][];
  readonly biases: number[][];
  readonly inputs: number[][];
  readonly baselines: number[][];
  readonly logits: number[][];
  readonly baselineLogits: number[][];
  readonly featureMask: number[];
  readonly attributions: Record<string, number[][][]>;
}

const golden = JSON.parse(readFileSync(join(__dirname, "..", "golden", "attribution-captum.json"), "utf8")) as Golden;

type Precision = Float32ArrayConstructor | Float64ArrayConstructor;

const matrixOf = (rows: readonly (readonly number[])[], Numbers: Precision): Matrix => ({
  values: Numbers.from(rows.flat()),
  rows: rows.length,
  cols: rows[0]?.length ?? 0,
});

const transposed = (rows: readonly (readonly number[])[]): number[][] =>
  (rows[0] ?? []).map((_, col) => rows.map((row) => row[col] as number));

/** The golden network; captum's file holds weights as [out][in]. */
const network: Network = {
  scale: Float64Array.from(golden.v),
  offset: Float64Array.from(golden.mean, (mean, feature) => -mean * (golden.v[feature] as number)),
  layers: golden.weights.map((weights, layer) => ({
    weights: matrixOf(transposed(weights), Float64Array),
    bias: Float64Array.from(golden.biases[layer] as number[]),
  })),
};

const run = (target: number, method: Method, groups?: Int32Array): RawAttribution =>
  attribute(scoreOf(network, target), matrixOf(golden.inputs, Float64Array), matrixOf(golden.baselines, Float64Array), {
    method,
    algebra: float64,
    steps: 64,
    ...(groups === undefined ? {} : { groups }),
  });

const expected = (name: string, target: number): number[] => (golden.attributions[name]?.[target] as number[][]).flat();
const mask = Int32Array.from(golden.featureMask);

describe.each([0, 1, 2])("attributions of logit %i in double precision, against captum", (target) => {
  it.each([
    ["deeplift", "deeplift", 1e-12],
    ["gradientTimesDifference", "deepliftStock", 1e-12],
    ["integratedGradients", "integratedGradients64", 1e-8],
    ["inputXGradient", "inputXGradient", 1e-12],
    ["occlusion", "occlusion", 1e-12],
  ] as const)("%s equals %s within %f", (method, name, atol) => {
    expect(run(target, method).values).toBeAllclose(expected(name, target), { atol });
  });

  it("computes the logits", () => {
    const { scores, baselineScores } = run(target, "deeplift");
    expect(scores).toBeAllclose(
      golden.logits.map((row) => row[target] as number),
      { atol: 1e-12 },
    );
    expect(baselineScores).toBeAllclose(
      golden.baselineLogits.map((row) => row[target] as number),
      { atol: 1e-12 },
    );
  });

  it("gives exact Shapley values of groups within 1e-12, and completes", () => {
    const { groupValues, completenessGap } = run(target, "shapley", mask);
    expect(groupValues).toBeAllclose(expected("shapleyExact", target), { atol: 1e-12 });
    expect(completenessGap).toBeLessThanOrEqual(1e-12);
  });

  it("occludes groups as captum does, and shares a group's value equally among its features", () => {
    const { groupValues, values } = run(target, "occlusion", mask);
    const repeated = expected("occlusionGrouped", target);
    const image = (index: number): number => Math.floor(index / 24);
    const groupOf = (index: number): number => golden.featureMask[index % 24] as number;
    const size = (group: number): number => golden.featureMask.filter((other) => other === group).length;
    const spread = repeated.map((_, index) => groupValues?.[image(index) * 6 + groupOf(index)] as number);
    expect(spread).toBeAllclose(repeated, { atol: 1e-12 });
    expect(values).toBeAllclose(
      repeated.map((value, index) => value / size(groupOf(index))),
      { atol: 1e-12 },
    );
  });

  it("completes for DeepLIFT and tells how far the paper's method is from it", () => {
    expect(run(target, "deeplift").completenessGap).toBeLessThanOrEqual(1e-12);
    expect(run(target, "gradientTimesDifference").completenessGap).toBeGreaterThan(0.01);
  });
});

describe("attributions in single precision", () => {
  it.each([
    ["deeplift", "deeplift"],
    ["gradientTimesDifference", "deepliftStock"],
    ["integratedGradients", "integratedGradients64"],
    ["inputXGradient", "inputXGradient"],
    ["occlusion", "occlusion"],
  ] as const)("%s equals captum within 1e-5", (method, name) => {
    const { values } = attribute(
      scoreOf(network, 1),
      matrixOf(golden.inputs, Float32Array),
      matrixOf(golden.baselines, Float32Array),
      { method, algebra: float32, steps: 64 },
    );
    expect(values).toBeAllclose(expected(name, 1), { atol: 1e-5 });
  });

  it("completes to 1e-5 at the size of an embedding of 5,776 numbers, and leaves no tensor behind", () => {
    const random = new Random(5);
    const normal = (size: number, spread: number): Float32Array =>
      Float32Array.from({ length: size }, () => spread * random.normal());
    const wide: Network = {
      scale: normal(5776, 1).map(Math.abs),
      offset: normal(5776, 1),
      layers: [
        { weights: { values: normal(5776 * 30, 1 / 76), rows: 5776, cols: 30 }, bias: normal(30, 0.1) },
        { weights: { values: normal(30, 0.2), rows: 30, cols: 1 }, bias: normal(1, 0.1) },
      ],
    };
    const inputs = { values: normal(20 * 5776, 3).map(Math.abs), rows: 20, cols: 5776 };
    const baseline = { values: inputs.values.map((value, at) => (at % 5776 < 361 ? value : 0)), rows: 20, cols: 5776 };
    const before = tensorflowSync().memory().numTensors;
    const { completenessGap } = attribute(scoreOf(wide, 0), inputs, baseline, {
      method: "deeplift",
      algebra: float32,
      steps: 64,
    });
    expect(completenessGap).toBeLessThanOrEqual(1e-5);
    expect(tensorflowSync().memory().numTensors).toBe(before);
  });
});

describe("celuSlope", () => {
  it("keeps its digits where image and baseline nearly agree", () => {
    for (const from of [-3, -1e-9, -1e-300, 0]) {
      for (const step of [1e-3, 1e-9, 1e-14, -1e-14, -1e-9, 0]) {
        const slope = celuSlope(from + step, from);
        const actual = from + step - from;
        const middle = from + actual / 2;
        const near = middle > 0 ? 1 : Math.exp(middle);
        expect(Math.abs(slope - near)).toBeLessThan(1e-6 + Math.abs(actual));
      }
    }
    expect(celuSlope(1e-20, -1e-20)).toBe(1);
    expect(celuSlope(0, 0)).toBe(1);
  });
});
