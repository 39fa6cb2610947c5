import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError, OptionError } from "../core/errors";
import { reportsFolder } from "../core/paths";

/**
 * Writes results as `NAME.json` into the reports folder (`DEEPFIXCX_REPORTS`, else `reports/` of the project) and
 * resolves to the file's path. The file appears whole or not at all.
 *
 * @param name - the report's name, for instance `"quickstart"`: letters, digits, dots and dashes
 * @param results - plain data; numbers that JSON cannot hold (NaN, infinities) are refused rather than turned into null
 * @throws OptionError when the name could leave the folder
 * @throws DataError when a number is not finite, or the folder cannot be written
 */
export async function saveReport(name: string, results: Readonly<Record<string, unknown>>): Promise<string> {
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(name)) {
    throw new OptionError({
      where: "saveReport",
      required: "a name of letters, digits, dots and dashes",
      got: `"${name}"`,
    });
  }
  const text = `${JSON.stringify(results, refuseNonFinite, 2)}\n`;
  const file = join(reportsFolder(), `${name}.json`);
  try {
    await mkdir(reportsFolder(), { recursive: true });
    await writeFile(`${file}.part`, text);
    await rename(`${file}.part`, file);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    const remedy = "set DEEPFIXCX_REPORTS to a folder that can be written";
    throw new DataError({ where: "saveReport", file, required: "a file that can be written", got, remedy }, { cause });
  }
  return file;
}

function refuseNonFinite(key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new DataError({ where: "saveReport", required: `a finite number for "${key}"`, got: String(value) });
  }
  return value;
}
