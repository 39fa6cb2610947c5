import { checkOptions, longWorkNames } from "../core/options";
import { type LongWorkOptions, startWork } from "../core/progress";
import { showAs, type Shown } from "../display/show";
import { fidelity, reidentification } from "./fidelity";
import { type Experiment, gridOf } from "./open";
import { ratioOf, run } from "./run";
import type { Setting } from "./settings";
import type { Sweep, SweepCell } from "./sweepResult";
import { sweepTable } from "./sweepViews";

/** Options of {@link sweep}. */
export interface SweepOptions extends LongWorkOptions {
  /** The (J, P) to measure; default: those of the experiment's grid. */
  readonly settings?: readonly Setting[];
}

/**
 * Measures every (J, P) of an experiment that compresses: AUC, SSIM, re-identification and in-memory ratio. Each cell is
 * kept as soon as it is done, under a hash of the code, the data and the options: a sweep that was killed goes on, and
 * the same sweep again reads what it knows; the table says which cells were computed and which were read.
 *
 * @throws OptionError when an option is not known
 * @throws the signal's reason when stopped
 */
export async function sweep(experiment: Experiment, given: SweepOptions = {}): Promise<Sweep & Shown> {
  checkOptions("sweep", given, { ...longWorkNames, settings: true });
  const { settings = gridOf(experiment), ...options } = given;
  const model = experiment.settings.sweepModel;
  const cells: SweepCell[] = [];
  let testImages = 0;
  const work = startWork("sweep, settings", settings.length, options);
  try {
    for (const setting of settings) {
      work.check();
      const name = `J=${setting.level}, P=${setting.patchGrid}`;
      work.report(cells.length, name);
      const inner: LongWorkOptions = { signal: work.signal, onProgress: () => work.report(cells.length, name) };
      const scored = await run(experiment, { model, setting }, 0, inner);
      const seen = await fidelity(experiment, { setting }, inner);
      const linked = await reidentification(experiment, setting);
      await work.breathe();
      testImages = scored.value.testImages;
      cells.push({
        ...setting,
        ratio: ratioOf(experiment, { setting }),
        auc: scored.value.auc,
        ssim: seen.value.ssim,
        ssimRange2: seen.value.ssimRange2,
        ...(linked.value === undefined ? {} : { ks: linked.value }),
        from: [scored, seen].every(({ from }) => from === "cache") ? "cache" : "computed",
      });
      work.report(cells.length, `${name} ${cells.at(-1)?.from === "cache" ? "read" : "computed"}`);
    }
  } finally {
    work.end();
  }
  const { synthetic, name: data } = experiment.data;
  const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
  const result: Sweep = {
    ...{ kind: "sweep", model, cells, data, synthetic, testImages },
    levels: distinct(cells.map(({ level }) => level)),
    patchGrids: distinct(cells.map(({ patchGrid }) => patchGrid)),
  };
  return showAs(result, { summary: () => summary(result), view: () => sweepTable(result) });
}

/** Says nothing of what was read from the cache, so that a run and its repetition say the same. */
function summary({ cells, data, synthetic }: Sweep): string {
  const span = (name: string, values: readonly number[]): string =>
    values.length === 0 ? "" : `, ${name} ${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}`;
  const parts = [
    span(
      "AUC",
      cells.map(({ auc }) => auc.value),
    ),
    span(
      "SSIM",
      cells.map(({ ssim }) => ssim.value),
    ),
    span(
      "KS",
      cells.flatMap(({ ks }) => (ks === undefined ? [] : [ks.value])),
    ),
  ];
  return `Sweep of ${cells.length} settings on ${synthetic ? "synthetic " : ""}${data}${parts.join("")}`;
}
