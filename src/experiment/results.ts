import { inMemoryRatio, toSettings } from "../compress/settings";
import { type ComparedRun, filterName, nearestTo, type RunComparison } from "./compareRuns";
import type { Experiment } from "./open";
import type { PaperResult } from "./paper";
import { paperResults } from "./paperResults";
import type { OurResult } from "./paperTable";
import type { Filter } from "./run";
import type { Setting } from "./settings";
import type { Sweep, SweepCell } from "./sweepResult";

/** What a notebook has measured of an experiment. */
export interface Measured {
  readonly sweep: Sweep;
  /** The deep network alone and behind the headline settings. */
  readonly networks: RunComparison;
  /** The MLP on the headline settings, repeated. */
  readonly repeats: RunComparison;
  /** The reference privatizers and their nearest settings. */
  readonly privatizers: RunComparison;
  /** What other figures and claims show, in a few words, by id. */
  readonly shown: Readonly<Record<string, string>>;
}

/**
 * Our value, or why there is none, for every result of the paper that belongs to an experiment's notebook: for
 * `paperTable`. In-memory ratios are of the paper's image size; SSIM is with data range 2, as the paper's.
 */
export function experimentResults(experiment: Experiment, measured: Measured): OurResult[] {
  const own = paperResults.filter(({ notebook }) => notebook === experiment.settings.name);
  return own.map((result) => ({ id: result.id, ...oursOf(result, experiment, measured) }));
}

type Ours = Omit<OurResult, "id">;

function oursOf(result: PaperResult, experiment: Experiment, measured: Measured): Ours {
  const { id, kind } = result;
  const { name } = experiment.settings;
  const words = measured.shown[id];
  if (words !== undefined) return { ours: words };
  if (id === "claim8-chest") return { reason: "counts the seven networks of the paper, of which most are not built" };
  if (/-(blur|median)-K\d+/.test(id)) return filterRow(id, experiment, measured);
  if (id.startsWith("chest-networks-")) return networkRow(id.replace("chest-networks-", ""), experiment, measured);
  if (kind === "table") return tableRow(id.slice(name.length + 1), experiment, measured);
  const answer = answers[id.replace(`${name}-`, "").replace(`-${name}`, "")];
  return answer?.(measured) ?? { reason: "not measured here" };
}

/** Figures and claims that the measures answer by themselves, by id without the experiment's name. */
const answers: Readonly<Record<string, (measured: Measured) => Ours>> = {
  "auc-map": ({ sweep }) => spanOf(sweep, ({ auc }) => auc.value),
  "ssim-map": ({ sweep }) => spanOf(sweep, ({ ssim }) => ssim.value),
  "reidentification-map": ({ sweep }) =>
    sweep.cells.some(({ ks }) => ks !== undefined)
      ? spanOf(sweep, ({ ks }) => ks?.value ?? NaN)
      : { reason: "the data do not tell who the patient is" },
  "ratio-map": ({ sweep }) => spanOf(sweep, ({ ratio }) => ratio),
  "auc-against-ratio": (measured) => smallAgainstAll(measured),
  privatizers: (measured) => privatizersInWords(measured),
  repeats: ({ repeats }) => repeatsInWords(repeats),
  claim8: ({ networks }) => gainOf(networks),
  claim9: (measured) => smallAgainstNetwork(measured),
};

function spanOf({ cells }: Sweep, measure: (cell: SweepCell) => number): Ours {
  const known = cells.filter((cell) => Number.isFinite(measure(cell))).sort((a, b) => measure(a) - measure(b));
  const inWords = (cell: SweepCell | undefined): string =>
    cell === undefined ? "nothing" : `${measure(cell).toFixed(3)} at J=${cell.level}, P=${cell.patchGrid}`;
  return { ours: `from ${inWords(known[0])} to ${inWords(known.at(-1))}` };
}

function bestAuc(cells: readonly SweepCell[]): number {
  return cells.reduce((best, { auc }) => Math.max(best, auc.value), 0);
}

function smallAgainstAll({ sweep }: Measured): Ours {
  const few = sweep.cells.filter(({ ratio }) => ratio < 5);
  return { ours: `highest AUC ${bestAuc(few).toFixed(3)} below 5 %, ${bestAuc(sweep.cells).toFixed(3)} at any ratio` };
}

function smallAgainstNetwork({ sweep, networks }: Measured): Ours {
  const few = bestAuc(sweep.cells.filter(({ ratio }) => ratio < 5));
  const alone = networks.rows.find(isAlone);
  if (alone === undefined) return { reason: "the network alone was not run" };
  return { ours: `highest AUC ${few.toFixed(3)} below 5 %, ${alone.name} ${alone.auc.value.toFixed(3)}` };
}

function repeatsInWords({ rows, kruskalWallis, repeats }: RunComparison): Ours {
  const parts = rows.map(({ name, auc }) => `${name} ${auc.value.toFixed(3)}`).join(", ");
  const p = kruskalWallis === undefined ? "" : `; Kruskal-Wallis p ${kruskalWallis.p.toPrecision(2)}`;
  return { ours: `${parts}, ${repeats} repeats${p}` };
}

function privatizersInWords({ privatizers: { rows } }: Measured): Ours {
  const pairs = rows.flatMap(({ variant: { filter }, auc }) => {
    const nearest = filter && rows.find(({ name }) => name.endsWith(`, ${nearestTo(filter)}`));
    return nearest === undefined ? [] : [nearest.auc.value - auc.value];
  });
  const higher = pairs.filter((gain) => gain > 0).length;
  return { ours: `the nearest setting has the higher AUC in ${higher} of ${pairs.length} pairs` };
}

function gainOf({ rows }: RunComparison): Ours {
  const alone = rows.find(isAlone);
  const [first] = rows.filter((row) => !isAlone(row));
  if (alone === undefined || first === undefined) return { reason: "the headline setting was not run" };
  return { ours: first.auc.value - alone.auc.value, reason: `${first.name} less ${alone.name}` };
}

function isAlone({ variant }: ComparedRun): boolean {
  return variant.setting === undefined && variant.filter === undefined;
}

/** A row of the headline table: `J1-P79-densenet121-auc`, `resnet18-epoch-seconds`. */
function tableRow(id: string, experiment: Experiment, { networks, sweep }: Measured): Ours {
  const found = /^(?:J(\d+)-P(\d+)-)?(.+?)-(auc|ratio|ssim|epoch-seconds)$/.exec(id);
  const setting = found?.[1] === undefined ? undefined : { level: Number(found[1]), patchGrid: Number(found[2]) };
  const network = found?.[3] ?? "";
  const { settings } = experiment;
  if (found?.[4] === "ratio" && setting !== undefined) {
    return { ours: inMemoryRatio(toSettings(setting, "paperTable"), settings.paperShape) };
  }
  const row = networks.rows.find(({ variant }) => sameSetting(variant.setting, setting));
  if (found?.[4] === "ssim") {
    const cell = sweep.cells.find((each) => sameSetting(each, setting));
    const ours = row?.ssimRange2 ?? cell?.ssimRange2;
    return ours === undefined ? notAtScale(experiment) : { ours, ...onReal(experiment, "other images") };
  }
  if (settings.network.model.kind !== network) return standIn(experiment, network);
  if (row === undefined) return notAtScale(experiment);
  return found?.[4] === "auc"
    ? { ours: row.auc, ...onReal(experiment, trainedLess(experiment)) }
    : { ours: row.epochSeconds, ...onReal(experiment, "another machine and other epochs") };
}

/** `densenet121`, or `J1-P115-densenet121`, among the networks that the paper tried. */
function networkRow(id: string, experiment: Experiment, { networks }: Measured): Ours {
  const found = /^(?:J(\d+)-P(\d+)-)?(.+)$/.exec(id);
  const network = found?.[3] ?? "";
  if (!built.includes(network)) return { reason: "this network is not built" };
  if (experiment.settings.network.model.kind !== network) return standIn(experiment, network);
  const setting = found?.[1] === undefined ? undefined : { level: Number(found[1]), patchGrid: Number(found[2]) };
  const row = networks.rows.find(({ variant }) => sameSetting(variant.setting, setting));
  return row === undefined ? notAtScale(experiment) : { ours: row.auc, ...onReal(experiment, trainedLess(experiment)) };
}

const built = ["resnet18", "densenet121", "efficientnet-b0"];

/** `chest-blur-K4`, or `chest-blur-K4-nearest`. */
function filterRow(id: string, experiment: Experiment, { privatizers }: Measured): Ours {
  const [, kind, block, nearest] = /-(blur|median)-K(\d+)(-nearest)?$/.exec(id) ?? [];
  const filter = { kind: kind as Filter["kind"], block: Number(block) };
  const row = privatizers.rows.find(({ name }) =>
    nearest === undefined ? name === filterName(filter) : name.endsWith(`, ${nearestTo(filter)}`),
  );
  if (row === undefined) return notAtScale(experiment);
  const { settings, data } = experiment;
  const model = settings.filterModel === "mlp" ? "the MLP" : settings.network.model.kind;
  const instead = data.synthetic ? "synthetic" : `${model} in place of EfficientNet-B0`;
  const here = nearest === undefined ? [] : [`P=${row.variant.setting?.patchGrid} is nearest here`];
  return { ours: row.auc, reason: [...here, instead].join("; ") };
}

function sameSetting(one: Setting | undefined, other: Setting | undefined): boolean {
  return one?.level === other?.level && one?.patchGrid === other?.patchGrid;
}

function notAtScale({ settings }: Experiment): Ours {
  return { reason: `not run at ${settings.scale} scale` };
}

function standIn({ settings }: Experiment, network: string): Ours {
  return { reason: `at ${settings.scale} scale ${settings.network.model.kind} is run and not ${network}` };
}

function trainedLess({ settings, data, splits }: Experiment): string {
  return `${splits[0]?.train.length} training images of ${data.name}, ${settings.network.epochs} epochs`;
}

/** On synthetic data `paperTable` says that itself. */
function onReal({ data }: Experiment, reason: string): { reason?: string } {
  return data.synthetic ? {} : { reason };
}
