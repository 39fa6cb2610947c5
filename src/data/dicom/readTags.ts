import { DataError } from "../../core/errors";
import { checkList } from "../../core/images";
import { mostBytes, readBytes, readStart } from "../fileBytes";
import type { ImageFile } from "../imageFile";
import { findImageFiles } from "../imageFiles";
import { isDicom, parseHeader, tagsInStart, tagsOf } from "./header";
import { numberOf } from "./tags";

const largest = mostBytes(100_000_000);
const headerStart = 65536; // holds what comes before the pixels, unless somebody put much there

/**
 * The values of DICOM tags of files, a record a file: the id that {@link readImages} gives the file, and each tag as text,
 * empty where the file lacks it. Nothing else of a header leaves a file; whether what is named here identifies a person is
 * for the caller to know.
 *
 * @param input - DICOM files, or folders that hold them
 * @param names - by keyword (`PatientSex`, `PatientAge`, `ViewPosition`, ...) or as `gggg,eeee`
 * @throws OptionError for a name that is not known
 * @throws DataError for a file that is no DICOM file, or damaged
 */
export async function readTags(
  input: string | readonly string[],
  names: readonly string[],
): Promise<readonly Readonly<Record<string, string>>[]> {
  checkList(names, "readTags", "names of tags in a list", '["PatientSex"]');
  names.forEach(numberOf);
  const files = await findImageFiles(input);
  return files
    .filter(({ frame = 0 }) => frame === 0)
    .map((image) => {
      const bytes = readBytes(image, largest);
      const { file } = image;
      if (!isDicom(bytes)) throw new DataError({ where: "readTags", file, required: "a DICOM file", got: "another" });
      return { id: image.id.replace(/#0$/, ""), ...tagsOf(parseHeader(file, bytes), names) };
    });
}

/**
 * The values of DICOM tags of a file as text, null where it lacks them, is damaged, or has more than so many bytes and
 * other things before its pixels; undefined where it is no DICOM file.
 */
export function tagsOfFile(
  image: ImageFile,
  names: readonly string[],
  most: number = largest,
): Readonly<Record<string, string | null>> | undefined {
  const start = readStart(image, headerStart);
  if (!isDicom(start)) return undefined;
  const values = tagsInStart(start, names) ?? allTags(image, names, most);
  return Object.fromEntries(names.map((name) => [name, values[name] || null]));
}

function allTags(image: ImageFile, names: readonly string[], most: number): Readonly<Record<string, string>> {
  try {
    return tagsOf(parseHeader(image.file, readBytes(image, most)), names);
  } catch (error) {
    if (error instanceof DataError) return {}; // which is told when its pixels are read
    throw error;
  }
}
