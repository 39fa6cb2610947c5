import { OptionError } from "../core/errors";
import type { PhantomName } from "../data/phantoms/phantom";
import type { DeepOptions } from "../train/models/deep";
import type { TrainSettings } from "../train/options";

/** The paper's experiments. */
export type ExperimentName = "chest" | "glaucoma" | "cervix";

/** `quick`: minutes on two cores; `full`: the paper's settings. */
export type Scale = "quick" | "full";

/** One setting of the compression: J levels and a P x P patch grid. */
export interface Setting {
  readonly level: number;
  readonly patchGrid: number;
}

/** How an experiment is run. */
export interface ExperimentSettings {
  readonly name: ExperimentName;
  readonly scale: Scale;
  /** Channels, rows and columns of the images in the paper; ratios beside the paper's are of this size. */
  readonly paperShape: readonly [channel: number, row: number, col: number];
  /** Of real images. */
  readonly size: readonly [rows: number, cols: number];
  /** The phantoms that stand in where the real images are not there. */
  readonly phantoms: {
    readonly name: PhantomName;
    readonly images: number;
    readonly size: readonly [rows: number, cols: number];
    readonly classes?: readonly string[];
  };
  /** The (J, P) grid, of which those are run that compress. */
  readonly levels: readonly number[];
  readonly patchGrids: readonly number[];
  /** Settings with more numbers an image than this are left out. */
  readonly mostNumbers: number;
  /** What learns in every cell of the grid: the MLP on the embedding, or the deep network on privatized images. */
  readonly sweepModel: "mlp" | "network";
  readonly mlp: TrainSettings;
  /** Epochs of MLPs that see fewer than 2,000 numbers an image, which need more. */
  readonly smallMlpEpochs: number;
  readonly network: Omit<TrainSettings, "model"> & { readonly model: DeepOptions };
  /** The settings of the paper's table. */
  readonly headline: readonly Setting[];
  /** Block sizes of the reference privatizers. */
  readonly filters: { readonly blur: readonly number[]; readonly median: readonly number[] };
  readonly filterModel: "mlp" | "network";
  /** Seeds: of MLPs, and of deep networks. */
  readonly repeats: { readonly mlp: number; readonly network: number };
  /** Test images for SSIM. */
  readonly qualityImages: number;
  /** Images of patients with several, for re-identification. */
  readonly linkedImages: number;
  /** Whether the real data tell who the patient is. */
  readonly patientsKnown: boolean;
}

/** What an experiment has whatever the scale. */
type Always = Pick<ExperimentSettings, "paperShape" | "size" | "headline" | "patientsKnown">;
/** What the scale decides of each experiment. */
type Own = Pick<
  ExperimentSettings,
  "phantoms" | "levels" | "patchGrids" | "mlp" | "smallMlpEpochs" | "network" | "filters"
>;
/** What the scale decides for all. */
type Shared = Omit<ExperimentSettings, "name" | "scale" | keyof Always | keyof Own>;

const leaderboard = ["Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion"];

const always: Readonly<Record<ExperimentName, Always>> = {
  chest: {
    paperShape: [1, 320, 320],
    size: [320, 320],
    headline: [setting(1, 79), setting(1, 19)],
    patientsKnown: true,
  },
  glaucoma: {
    paperShape: [3, 240, 240],
    size: [240, 240],
    headline: [setting(4, 5), setting(2, 5)],
    patientsKnown: false,
  },
  cervix: {
    paperShape: [3, 200, 150],
    size: [200, 150],
    headline: [setting(5, 5), setting(1, 7)],
    patientsKnown: false,
  },
};

const shared: Readonly<Record<Scale, Shared>> = {
  quick: {
    mostNumbers: 7000,
    sweepModel: "mlp",
    filterModel: "mlp",
    repeats: { mlp: 3, network: 1 },
    qualityImages: 8,
    linkedImages: 120,
  },
  full: {
    mostNumbers: Infinity,
    sweepModel: "network",
    filterModel: "network",
    repeats: { mlp: 6, network: 6 },
    qualityImages: 2000,
    linkedImages: 2000,
  },
};

const quickMlp: TrainSettings = { model: "mlp", epochs: 15, batchSize: 64 };
// ResNet-18 for all three: DenseNet-121 takes too long for minutes on two cores.
const quickNetwork = {
  model: { kind: "resnet18" },
  epochs: 4,
  batchSize: 16,
  imagesPerEpoch: 96,
} as const;

const blocks = { blur: [4, 8, 16, 32, 64], median: [3, 5, 9, 15, 25, 50, 75] };
const fewBlocks = { blur: [8, 32], median: [9, 50] };

const quick: Readonly<Record<ExperimentName, Own>> = {
  chest: {
    phantoms: { name: "chest", images: 600, size: [160, 160], classes: leaderboard },
    levels: [1, 2, 3, 4],
    patchGrids: [1, 3, 5, 9, 19, 37],
    mlp: quickMlp,
    smallMlpEpochs: 40,
    network: quickNetwork,
    filters: blocks,
  },
  glaucoma: {
    phantoms: { name: "disc", images: 400, size: [120, 120] },
    levels: [1, 2, 3, 4],
    patchGrids: [1, 3, 5, 9, 21],
    mlp: { ...quickMlp, classWeights: "balanced" },
    smallMlpEpochs: 40,
    network: { ...quickNetwork, classWeights: "balanced" },
    filters: fewBlocks,
  },
  cervix: {
    phantoms: { name: "cervix", images: 400, size: [200, 150] }, // smaller ones do not allow (5, 5)
    levels: [1, 2, 3, 4],
    patchGrids: [1, 5, 7, 11, 31],
    mlp: quickMlp,
    smallMlpEpochs: 40,
    network: quickNetwork,
    filters: fewBlocks,
  },
};

const full: Readonly<Record<ExperimentName, Own>> = {
  chest: {
    phantoms: { name: "chest", images: 20_000, size: [320, 320], classes: leaderboard },
    levels: [1, 2, 3, 4, 5, 6, 7, 8],
    patchGrids: [1, 3, 5, 9, 19, 37, 79, 115, 160],
    mlp: { model: "mlp", epochs: 80, batchSize: 600, imagesPerEpoch: 15_000 },
    smallMlpEpochs: 80,
    network: { model: { kind: "densenet121" }, epochs: 80, batchSize: 10, imagesPerEpoch: 15_000 },
    filters: blocks,
  },
  glaucoma: {
    phantoms: { name: "disc", images: 1544, size: [240, 240] },
    levels: [1, 2, 3, 4, 5, 6, 7],
    patchGrids: [1, 3, 5, 9, 21, 31, 61],
    mlp: { model: "mlp", epochs: 50, batchSize: 600, classWeights: "balanced" },
    smallMlpEpochs: 50,
    network: { model: { kind: "resnet18" }, epochs: 50, batchSize: 55, classWeights: "balanced" },
    filters: blocks,
  },
  cervix: {
    phantoms: { name: "cervix", images: 8727, size: [200, 150] },
    levels: [1, 2, 3, 4, 5, 6, 7],
    patchGrids: [1, 5, 7, 11, 31, 75],
    mlp: { model: "mlp", epochs: 300, batchSize: 600 },
    smallMlpEpochs: 300,
    network: { model: { kind: "resnet18" }, epochs: 300, batchSize: 55 },
    filters: blocks,
  },
};

/**
 * The settings of one of the paper's experiments. At `full` scale they are the paper's; batch sizes of the MLP are the
 * smallest that the paper used. At `quick` scale the grid, the epochs and the repeats are cut, and the phantoms of
 * chests and discs have half the paper's sides.
 *
 * @param scale - default: `DEEPFIXCX_SCALE`, else `"quick"`
 * @throws OptionError when the name or scale is not known
 */
export function experimentSettings(name: ExperimentName, scale: Scale = scaleOfEnvironment()): ExperimentSettings {
  const scales: Partial<Record<string, Readonly<Record<ExperimentName, Own>>>> = { quick, full };
  const own = scales[scale] as Partial<Record<string, Own>> | undefined;
  if (own === undefined) throw refuse("scale quick or full", scale);
  const found = own[name];
  if (found === undefined) throw refuse(`an experiment among ${Object.keys(always).join(", ")}`, String(name));
  return { name, scale, ...always[name], ...shared[scale], ...found };
}

function scaleOfEnvironment(): Scale {
  const scale = process.env["DEEPFIXCX_SCALE"] ?? "";
  return (scale === "" ? "quick" : scale) as Scale; // checked by the caller
}

function setting(level: number, patchGrid: number): Setting {
  return { level, patchGrid };
}

function refuse(required: string, got: string): OptionError {
  return new OptionError({ where: "experimentSettings", required, got: `"${got}"` });
}
