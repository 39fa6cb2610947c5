import { DataError } from "../../core/errors";
import { mostBytes, readBytes } from "../fileBytes";
import { findImageFiles } from "../imageFiles";
import { isDicom, parseHeader, tagsOf } from "./header";
import { numberOf } from "./tags";

const largest = mostBytes(100_000_000);

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
