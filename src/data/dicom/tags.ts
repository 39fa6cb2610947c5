import { OptionError } from "../../core/errors";

// DICOM PS3.6, chapter 6: the elements that tables of images are asked for most.
const numbers: Readonly<Record<string, string>> = {
  SOPInstanceUID: "00080018",
  StudyDate: "00080020",
  Modality: "00080060",
  Manufacturer: "00080070",
  InstitutionName: "00080080",
  StudyDescription: "00081030",
  SeriesDescription: "0008103e",
  ManufacturerModelName: "00081090",
  PatientName: "00100010",
  PatientID: "00100020",
  PatientBirthDate: "00100030",
  PatientSex: "00100040",
  PatientAge: "00101010",
  BodyPartExamined: "00180015",
  ViewPosition: "00185101",
  StudyInstanceUID: "0020000d",
  SeriesInstanceUID: "0020000e",
  InstanceNumber: "00200013",
  Laterality: "00200060",
  ImageLaterality: "00200062",
};

/**
 * Where an element stands, in the parser's form.
 *
 * @throws OptionError for a name that is neither known nor of the form gggg,eeee
 */
export function numberOf(name: string): string {
  const known = numbers[name];
  if (known !== undefined) return `x${known}`;
  const [, group, element] = /^\(?([0-9a-f]{4}),([0-9a-f]{4})\)?$/i.exec(name) ?? [];
  if (group !== undefined && element !== undefined) return `x${group}${element}`.toLowerCase();
  const required = `tags named ${Object.keys(numbers).join(", ")} or as gggg,eeee`;
  throw new OptionError({ where: "readTags", required, got: `"${name}"` });
}
