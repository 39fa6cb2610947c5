import { OptionError } from "../core/errors";
import { checkOptions, longWorkNames } from "../core/options";
import { type LongWorkOptions, startWork } from "../core/progress";
import { barChart, scatterChart } from "../display/charts";
import { showAs, type Shown } from "../display/show";
import { colours } from "../display/style";
import type { Figure, Page, Table } from "../display/view";
import type { Estimate } from "../evaluate/bootstrap";
import { nearestSettings } from "../evaluate/privatizers";
import { kruskalWallis, overRepeats, type TestResult } from "../evaluate/statistics";
import { fidelity } from "./fidelity";
import { type Experiment, fits, someImages } from "./open";
import { filtered, type Filter, ratioOf, run, type Variant } from "./run";
import type { Setting } from "./settings";

/** One variant over its repeats. */
export interface ComparedRun {
  readonly name: string;
  readonly variant: Variant;
  /** Of each seed, from 0. */
  readonly aucs: readonly number[];
  /** The mean with Student's t interval over repeats; with a single run, the bootstrap interval over patients. */
  readonly auc: Estimate;
  /** In-memory ratio in percent. */
  readonly ratio: number;
  /** Of test images and what the variant leaves of them at original size, data range 1. */
  readonly ssim: Estimate;
  readonly ssimRange2: number;
  /** Mean duration of an epoch in seconds on this machine, when it was computed. */
  readonly epochSeconds: number;
  readonly from: "computed" | "cache";
}

/** Variants of training side by side. */
export interface RunComparison {
  readonly kind: "run comparison";
  readonly rows: readonly ComparedRun[];
  readonly repeats: number;
  /** Whether the AUCs of the variants come from one distribution; with two repeats at least. */
  readonly kruskalWallis?: TestResult;
  readonly data: string;
  readonly synthetic: boolean;
  readonly testImages: number;
}

/** Options of {@link compareRuns}. */
export interface CompareRunsOptions extends LongWorkOptions {
  /** Seeds, from 0; default: what the experiment's scale gives the MLP, or deep networks where there is one. */
  readonly repeats?: number;
}

/**
 * Trains variants with several seeds and compares their AUCs: means with Student's t interval over repeats, and the
 * Kruskal-Wallis test between variants. Kept and resumed as in `sweep`.
 *
 * @param variants - by name
 * @throws OptionError without variants, or when an option is not known
 * @example
 * await compareRuns(experiment, { alone: { model: "network" }, with: { model: "network", setting: { level: 1, patchGrid: 19 } } })
 */
export async function compareRuns(
  experiment: Experiment,
  variants: Readonly<Record<string, Variant>>,
  options: CompareRunsOptions = {},
): Promise<RunComparison & Shown> {
  checkOptions("compareRuns", options, { ...longWorkNames, repeats: true });
  const entries = Object.entries(variants);
  if (entries.length === 0)
    throw new OptionError({ where: "compareRuns", required: "a variant at least", got: "none" });
  const deep = entries.some(([, { model }]) => model === "network");
  const { repeats = experiment.settings.repeats[deep ? "network" : "mlp"], ...rest } = options;
  const work = startWork("train, variants", entries.length, rest);
  const rows: ComparedRun[] = [];
  let testImages = 0;
  try {
    for (const [name, variant] of entries) {
      work.check();
      work.report(rows.length, name);
      const inner: LongWorkOptions = { signal: work.signal, onProgress: () => work.report(rows.length, name) };
      const runs: Awaited<ReturnType<typeof run>>[] = [];
      for (let seed = 0; seed < repeats; seed++) runs.push(await run(experiment, variant, seed, inner));
      const { value: seen } = await fidelity(experiment, variant, inner);
      testImages = runs[0]?.value.testImages ?? 0;
      const aucs = runs.map(({ value }) => value.auc.value);
      rows.push({
        ...{ name, variant, aucs },
        auc: aucs.length > 1 ? overRepeats(aucs) : (runs[0]?.value.auc as Estimate),
        ratio: ratioOf(experiment, variant),
        ssim: seen.ssim,
        ssimRange2: seen.ssimRange2,
        epochSeconds: runs.reduce((sum, { value }) => sum + value.epochSeconds, 0) / runs.length,
        from: runs.every(({ from }) => from === "cache") ? "cache" : "computed",
      });
      work.report(rows.length);
    }
  } finally {
    work.end();
  }
  const { name: data, synthetic } = experiment.data;
  const test = repeats > 1 && rows.length > 1 ? { kruskalWallis: kruskalWallis(rows.map(({ aucs }) => aucs)) } : {};
  const result: RunComparison = { kind: "run comparison", rows, repeats, ...test, data, synthetic, testImages };
  return showAs(result, { summary: () => summary(result), view: () => view(result) });
}

/**
 * The paper's headline settings as variants for {@link compareRuns}, those that these images allow; for the deep network
 * also the images as they are.
 */
export function headlineVariants(
  { settings, imageShape }: Experiment,
  model: "mlp" | "network",
): Readonly<Record<string, Variant>> {
  const name = model === "mlp" ? "MLP" : networkNames[settings.network.model.kind];
  const fitting = settings.headline.filter((setting) => fits(setting, imageShape));
  const named = fitting.map(
    (setting) => [`J=${setting.level}, P=${setting.patchGrid} + ${name}`, { model, setting }] as const,
  );
  return { ...(model === "network" ? { [`${name} alone`]: { model } } : {}), ...Object.fromEntries(named) };
}

const networkNames = {
  resnet18: "ResNet-18",
  densenet121: "DenseNet-121",
  "efficientnet-b0": "EfficientNet-B0",
} as const;

/**
 * The reference privatizers of the experiment, each followed by the setting of level 1 whose privatized images are
 * nearest to its (L2, on some test images), as variants for {@link compareRuns}: `"blur K=8"`, then for instance
 * `"J=1, P=20, nearest to blur K=8"`.
 *
 * @param options - `patchGrids`: among which the nearest is sought; default 3 to 80
 */
export async function filterVariants(
  experiment: Experiment,
  options: { readonly patchGrids?: readonly number[] } = {},
): Promise<Readonly<Record<string, Variant>>> {
  checkOptions("filterVariants", options, { patchGrids: true });
  const { patchGrids = [3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 60, 80] } = options;
  const { filters, filterModel: model } = experiment.settings;
  const candidates = patchGrids.map((patchGrid): Setting => ({ level: 1, patchGrid }));
  const fitting = candidates.filter((setting) => fits(setting, experiment.imageShape));
  const images = await someImages(experiment, (experiment.splits[0]?.test ?? []).slice(0, 8));
  const variants: Record<string, Variant> = {};
  for (const kind of ["blur", "median"] as const) {
    for (const block of filters[kind]) {
      const filter: Filter = { kind, block };
      const { candidate } = await nearestSettings(images, filtered(images, filter), fitting);
      const setting = candidate as Setting;
      variants[filterName(filter)] = { model, filter };
      variants[`J=1, P=${setting.patchGrid}, ${nearestTo(filter)}`] = { model, setting };
    }
  }
  return variants;
}

/** How the row of a reference privatizer is called. */
export function filterName({ kind, block }: Filter): string {
  return `${kind} K=${block}`;
}

/** How the name of its nearest setting's row ends. */
export function nearestTo(filter: Filter): string {
  return `nearest to ${filterName(filter)}`;
}

/** In-memory ratio against AUC and SSIM for DeepFixCX and the reference privatizers. */
export function privatizerFigures({ rows, synthetic }: RunComparison): Page {
  const kinds = [
    { name: "DeepFixCX, J=1", colour: colours.blue, of: ({ variant }: ComparedRun) => variant.setting !== undefined },
    { name: "blur", colour: colours.vermilion, of: ({ variant }: ComparedRun) => variant.filter?.kind === "blur" },
    { name: "median", colour: colours.green, of: ({ variant }: ComparedRun) => variant.filter?.kind === "median" },
  ];
  const chart = (measure: "auc" | "ssim", name: string): Figure =>
    scatterChart(
      kinds.map(({ name: series, colour, of }) => {
        const own = rows.filter(of);
        return {
          ...{ name: series, colour },
          x: own.map(({ ratio }) => ratio),
          y: own.map((row) => row[measure].value),
          low: own.map((row) => row[measure].low),
          high: own.map((row) => row[measure].high),
          labels: own.map((row) => row.name),
        };
      }),
      {
        title: `${name} against what is left: DeepFixCX, blur and median${synthetic ? " (synthetic)" : ""}`,
        x: { title: "in-memory ratio, %", log: true },
        y: name,
      },
    );
  return { kind: "page", views: [chart("auc", "Test AUC"), chart("ssim", "SSIM")] };
}

function summary({ rows, repeats }: RunComparison): string {
  const parts = rows.map(({ name, auc }) => `${name} ${auc.value.toFixed(3)}`);
  return `AUC over ${repeats} ${repeats === 1 ? "run" : "repeats"}: ${parts.join(", ")}`;
}

function view(result: RunComparison): Page {
  const { rows, repeats, kruskalWallis: test, data, synthetic, testImages } = result;
  const intervals = repeats > 1 ? `Student's t over ${repeats} repeats` : "bootstrap over patients, one run";
  const p =
    test === undefined
      ? ""
      : ` Kruskal-Wallis between the variants: H ${test.statistic.toFixed(2)}, p ${test.p.toPrecision(2)}.`;
  const table: Table = {
    kind: "table",
    title: `Variants beside each other, on ${synthetic ? "synthetic " : ""}${data}`,
    columns: [
      { name: "variant" },
      ...["AUC", "low", "high"].map((name) => ({ name, digits: 3 })),
      { name: "ratio, %", digits: 2 },
      { name: "SSIM", digits: 3 },
      { name: "SSIM, range 2", digits: 3 },
      { name: "" },
    ],
    rows: rows.map(({ name, auc, ratio, ssim, ssimRange2, from }) => [
      ...[name, auc.value, auc.low, auc.high, ratio, ssim.value, ssimRange2],
      from === "cache" ? "read" : "computed",
    ]),
    note: `${testImages} test images; 95 % intervals: ${intervals}.${p}`,
  };
  const bars = rows.map(({ name, auc }) => ({ label: name, value: auc.value, low: auc.low, high: auc.high }));
  const title = `Test AUC by variant (${intervals})${synthetic ? ", synthetic" : ""}`;
  const chart = {
    title,
    value: { title: "test AUC", range: [0, 1] },
    reference: { name: "chance", value: 0.5 },
  } as const;
  return { kind: "page", views: [table, barChart(bars, chart)] };
}
