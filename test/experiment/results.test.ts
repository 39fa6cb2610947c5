import { describe, expect, it } from "vitest";
import type { ComparedRun, RunComparison } from "../../src/experiment/compareRuns";
import type { Experiment } from "../../src/experiment/open";
import { paperResults } from "../../src/experiment/paperResults";
import { paperTable } from "../../src/experiment/paperTable";
import { experimentResults, type Measured } from "../../src/experiment/results";
import type { Variant } from "../../src/experiment/run";
import { experimentSettings } from "../../src/experiment/settings";
import type { SweepCell } from "../../src/experiment/sweepResult";

const estimate = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 });

function row(name: string, variant: Variant, auc: number): ComparedRun {
  const rest = {
    aucs: [auc],
    ratio: 3,
    ssim: estimate(0.5),
    ssimRange2: 0.7,
    epochSeconds: 9,
    from: "computed",
  } as const;
  return { name, variant, auc: estimate(auc), ...rest };
}

function comparison(rows: readonly ComparedRun[]): RunComparison {
  return { kind: "run comparison", rows, repeats: 1, data: "any", synthetic: false, testImages: 10 };
}

function cell(level: number, patchGrid: number, auc: number, ratio: number): SweepCell {
  return { level, patchGrid, ratio, auc: estimate(auc), ssim: estimate(0.6), ssimRange2: 0.8, from: "computed" };
}

const cells = [cell(2, 5, 0.8, 0.7), cell(1, 31, 0.9, 20)];
const measured: Measured = {
  sweep: {
    kind: "sweep",
    model: "mlp",
    cells,
    levels: [1, 2],
    patchGrids: [5, 31],
    data: "any",
    synthetic: false,
    testImages: 10,
  },
  networks: comparison([
    row("ResNet-18 alone", { model: "network" }, 0.85),
    row("J=4, P=5 + ResNet-18", { model: "network", setting: { level: 4, patchGrid: 5 } }, 0.87),
  ]),
  repeats: comparison([row("MLP", { setting: { level: 2, patchGrid: 5 } }, 0.8)]),
  privatizers: comparison([
    row("blur K=4", { filter: { kind: "blur", block: 4 } }, 0.7),
    row("J=1, P=30, nearest to blur K=4", { setting: { level: 1, patchGrid: 30 } }, 0.75),
  ]),
  shown: { "glaucoma-edge-bias": "vertical" },
};

function rowsFor(name: "chest" | "glaucoma", synthetic = false) {
  const data = { name: "any", synthetic };
  const experiment = { settings: experimentSettings(name, "quick"), data, splits: [] } as unknown as Experiment;
  const { rows } = paperTable(experimentResults(experiment, measured), data);
  return new Map(rows.map((each) => [each.id, each]));
}

describe("experimentResults", () => {
  it("has every result of its notebook, each with a value or a reason", () => {
    for (const name of ["chest", "glaucoma"] as const) {
      const rows = rowsFor(name, true);
      const own = paperResults.filter(({ notebook }) => notebook === name).map(({ id }) => id);
      expect([...rows.keys()]).toEqual(own);
      expect([...rows.values()].every(({ reason }) => reason !== "")).toBe(true);
    }
  });

  it("puts runs in the rows of their network and setting, and nowhere else", () => {
    const rows = rowsFor("glaucoma");
    expect(rows.get("glaucoma-resnet18-auc")?.ours).toBe(0.85);
    expect(rows.get("glaucoma-J4-P5-resnet18-auc")?.ours).toBe(0.87);
    expect(rows.get("glaucoma-J2-P5-resnet18-auc")).toMatchObject({
      status: "not run",
      reason: "not run at quick scale",
    });
    expect(rows.get("glaucoma-J2-P5-resnet18-ssim")?.ours).toBe(0.8);
    expect(rows.get("claim8-glaucoma")?.ours).toBeCloseTo(0.02, 12);
    expect(rows.get("claim9-glaucoma")?.ours).toBe("highest AUC 0.800 below 5 %, ResNet-18 alone 0.850");
    expect(rows.get("glaucoma-edge-bias")).toMatchObject({ status: "shown", ours: "vertical" });
    expect(rows.get("glaucoma-reidentification-map")?.reason).toContain("who the patient is");
  });

  it("does not take one network for another", () => {
    const rows = rowsFor("chest");
    expect(rows.get("chest-densenet121-auc")).toMatchObject({
      status: "not run",
      reason: expect.stringContaining("resnet18") as string,
    });
    expect(rows.get("chest-networks-mdmlp")?.reason).toBe("this network is not built");
    expect(rows.get("chest-blur-K4")?.ours).toBe(0.7);
    expect(rows.get("chest-blur-K4-nearest")).toMatchObject({
      ours: 0.75,
      reason: "P=30 is nearest here; the MLP in place of EfficientNet-B0",
    });
    expect(rows.get("chest-privatizers")?.ours).toBe("the nearest setting has the higher AUC in 1 of 1 pairs");
    expect(rows.get("chest-blur-K8")?.status).toBe("not run");
  });

  it("agrees with the paper's in-memory ratios on any data", () => {
    const rows = [...rowsFor("chest", true).values()].filter(({ id }) => id.endsWith("-ratio") && id.includes("-J"));
    expect(rows.map(({ status }) => status)).toEqual(["measured", "measured"]);
  });
});
