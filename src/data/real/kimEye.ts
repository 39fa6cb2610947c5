import type { Shown } from "../../display/show";
import type { Dataset } from "../dataset";
import { folderDataset } from "../folder";
import { groupEach } from "../labels";
import { splitByGroup } from "../split";
import { needFolder, type OpenOptions } from "./openOptions";

/** The classes of Kim's Eye Hospital, in the order of the disease. */
export const kimEyeClasses = ["normal_control", "early_glaucoma", "advanced_glaucoma"] as const;

/** Crops of the optic disc from Kim's Eye Hospital: three stages of glaucoma, RGB, centre-cropped to 240x240. */
export async function openKimEye({ size = 240 }: OpenOptions): Promise<Dataset & Shown> {
  const folder = needFolder("kim-eye", "kim-eye", kimEyeClasses);
  return folderDataset(folder, {
    name: "kim-eye",
    classes: kimEyeClasses,
    colour: "rgb",
    size,
    fit: size === 240 ? "crop" : "cover",
    source: "Kim's Eye Hospital glaucoma images, Harvard Dataverse, doi:10.7910/DVN/1YRRAC.",
    split: (labels) => splitByGroup(labels, groupEach(labels.ids)),
    notes: [
      "Patients are not known: images of one eye may stand on both sides of the split, which is by image, 70/15/15.",
    ],
  });
}
