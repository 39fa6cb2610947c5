import { existsSync, statSync } from "node:fs";
import { DataError } from "../core/errors";
import { dataFolder } from "../core/paths";

/**
 * The folder with real data that the person named in `DEEPFIXCX_DATA`, or undefined: who names none wants phantoms.
 *
 * @throws DataError when what was named is not a folder
 */
export function givenFolder(where: string): string | undefined {
  const folder = dataFolder();
  if (folder !== undefined) checkFolder(where, folder, "name another in DEEPFIXCX_DATA, or unset it for phantoms");
  return folder;
}

/** @throws DataError when no folder is there */
export function checkFolder(where: string, folder: string, remedy?: string): void {
  const exists = existsSync(folder);
  if (exists && statSync(folder).isDirectory()) return;
  const got = exists ? "a file" : "nothing there";
  throw new DataError({ where, file: folder, required: "a folder", got, ...(remedy === undefined ? {} : { remedy }) });
}
