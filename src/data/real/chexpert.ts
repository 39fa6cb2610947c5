import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { DataError } from "../../core/errors";
import type { Shown } from "../../display/show";
import { readCsv, tableDataset } from "../csv";
import type { Dataset } from "../dataset";
import { pickLabels, type Groups, type Labels, type Split } from "../labels";
import { splitByGroup } from "../split";
import { needFolder, type OpenOptions } from "./openOptions";

/** CheXpert's 14 findings in the order of its table. */
export const chexpertFindings = [
  "No Finding",
  "Enlarged Cardiomediastinum",
  "Cardiomegaly",
  "Lung Opacity",
  "Lung Lesion",
  "Edema",
  "Consolidation",
  "Pneumonia",
  "Atelectasis",
  "Pneumothorax",
  "Pleural Effusion",
  "Pleural Other",
  "Fracture",
  "Support Devices",
] as const;

/**
 * CheXpert-small: 14 findings, grey, centre-cropped to 320x320 (smaller images are padded). An empty label means that
 * the report does not speak of the finding and counts as negative, -1 is uncertain. valid.csv is the test; of the
 * patients of train.csv one in ten is for validation.
 */
export async function openChexpert({ size = 320 }: OpenOptions): Promise<Dataset & Shown> {
  const folder = needFolder("chexpert-small", "chexpert-small", []);
  const root = existsSync(join(folder, "train.csv")) ? folder : join(folder, "CheXpert-v1.0-small");
  const [train, valid] = await Promise.all([readCsv(join(root, "train.csv")), readCsv(join(root, "valid.csv"))]);
  const rows = [...train.rows, ...valid.rows].map((row) => ({ ...row, patient: patientOf(row["Path"], root) }));
  const test = valid.rows.map((row) => row["Path"] as string);
  return tableDataset(
    { path: join(root, "train.csv"), columns: [...train.columns, "patient"], rows },
    {
      name: "chexpert-small",
      root: dirname(root), // the paths begin with the name of the folder itself
      fileColumn: "Path",
      patientColumn: "patient",
      labelColumns: chexpertFindings,
      missing: "negative",
      colour: "grey",
      size,
      fit: size === 320 ? "crop" : "cover",
      split: (labels, groups) => splitTrain(labels, groups, test),
      source: "CheXpert-v1.0-small (Irvin et al. 2019), Stanford AIMI, under its research use agreement.",
    },
  );
}

function splitTrain(labels: Labels, groups: Groups | undefined, test: readonly string[]): Split {
  const official = new Set(test);
  const rest = labels.ids.filter((id) => !official.has(id));
  const fractions = { train: 0.9, validation: 0.1, test: 0 };
  return { ...splitByGroup(pickLabels(labels, rest), groups, { fractions }), test };
}

/** The official validation set's patients are others than those of train, though its numbers begin anew. */
function patientOf(path: string | undefined, root: string): string {
  const found = /(train|valid)\/(patient\d+)\//.exec(path ?? "");
  if (found !== null) return found[1] === "train" ? (found[2] as string) : `valid/${found[2]}`;
  const required = "a Path such as CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg";
  throw new DataError({ where: "chexpert-small", file: root, required, got: `"${path ?? ""}"` });
}
