import { dirname, join } from "node:path";
import { Command } from "commander";
import { toSettings } from "../compress/settings";
import { DataError } from "../core/errors";
import type { Rejected } from "../core/images";
import { startWork } from "../core/progress";
import type { ImageFile } from "../data/imageFile";
import { findInputs, type Inputs } from "../data/inputs/findInputs";
import { whileClaimed } from "../data/archive/owner";
import { nothingUsable } from "../data/outcomes";
import { privatizeFiles } from "../data/privatizeFiles";
import type { PrivatizeStart } from "../data/privatizeFilesWorker";
import { checkFolder, noteSettings } from "../data/privatizedFolder";
import { readSettings } from "../data/readSettings";
import { makeFolder, pngName, refusalOfId, savePng } from "../data/saveImages";
import { checkApart, sourcesOf } from "./apart";
import {
  orTellRejected,
  place,
  readOptionsOf,
  reportRejected,
  settingsOf,
  takesImages,
  type ImageFlags,
} from "./imageInput";

interface PrivatizeFlags extends ImageFlags {
  readonly out: string;
}

/** `deepfixcx privatize`: images in, the same images without the detail that the settings take away out. */
export function privatizeCommand(): Command {
  const command = new Command("privatize")
    .summary("write images without the detail that the settings take away")
    .description(
      "Compresses images and reconstructs them at their size, as 8-bit PNG below DIR under their own names, beside " +
        "settings.json; values beyond black and white are clamped. All images are done again where the command is typed " +
        "again; a folder of images with other settings is refused. How much of a person can still be recovered is to be measured: evaluate.privacy.",
    );
  return takesImages(command)
    .requiredOption("--out <DIR>", "the folder to write to; made where it is missing", place)
    .addHelpText("after", "\nExample:\n  deepfixcx privatize scans --level 3 --patch-grid 9 --out scans-privatized")
    .action(run);
}

function run(inputs: readonly string[], flags: PrivatizeFlags): Promise<void> {
  return orTellRejected(() => privatizeAll(inputs, flags));
}

async function privatizeAll(inputs: readonly string[], flags: PrivatizeFlags): Promise<void> {
  const { out } = flags;
  const settings = toSettings(settingsOf(flags), "privatize");
  const read = readSettings(readOptionsOf(flags));
  const found = await findInputs(inputs, { where: "privatize", pixelLimit: read.pixelLimit });
  const { files, rejected } = writable(found, out);
  checkNames(files);
  await checkOriginals(inputs, found, files, out);
  await makeFolder(out);
  const done = await whileClaimed({ where: "privatize", out, file: join(out, ".claim") }, async () => {
    await checkFolder(out, { read, settings });
    const written = await writeAll(files, { read, settings }, flags);
    rejected.push(...written.rejected);
    if (written.done === 0) throw nothingUsable(rejected);
    await noteSettings(out, { read, settings }, true);
    return written.done;
  });
  console.log(`${out}: ${done} images as PNG; settings in settings.json`);
  await reportRejected(rejected, join(out, "rejected.csv"));
}

/**
 * Writes a PNG file for every image that can be used, and tells how many there are and what was set aside. The settings
 * stand there before the first, so that a run that is stopped leaves a folder that tells what it holds.
 */
async function writeAll(
  files: readonly ImageFile[],
  start: PrivatizeStart,
  { workers, out }: Pick<PrivatizeFlags, "workers" | "out">,
): Promise<{ readonly done: number; readonly rejected: readonly Rejected[] }> {
  const work = startWork("privatize", files.length);
  const rejected: Rejected[] = [];
  let done = 0;
  try {
    for await (const { outcomes, pngs } of privatizeFiles(files, start, { workers, signal: work.signal })) {
      work.check();
      if (done === 0 && pngs.some((png) => png !== undefined)) await noteSettings(out, start, false);
      await Promise.all(
        outcomes.map(async (outcome, at) => {
          const png = pngs[at];
          if (outcome.kind === "rejected") rejected.push(outcome);
          else if (png !== undefined) await savePng(png, outcome.id, out);
        }),
      );
      work.report((done += pngs.filter((png) => png !== undefined).length));
    }
  } finally {
    work.end();
  }
  return { done, rejected };
}

/** Lists and archives may give any id; one that cannot be a name does not keep the others from being written. */
function writable(found: Inputs, out: string): { readonly files: readonly ImageFile[]; readonly rejected: Rejected[] } {
  const [files, rejected]: [ImageFile[], Rejected[]] = [[], [...found.rejected]];
  for (const image of found.files) {
    const { id, file } = image;
    const reason = refusalOfId(id, out);
    if (reason === undefined) files.push(image);
    else rejected.push({ id, file, reason });
  }
  return { files, rejected };
}

/** Of two images that would become one file neither is written over. */
function checkNames(files: readonly ImageFile[]): void {
  const taken = new Map<string, string>();
  for (const { id, file } of files) {
    const name = pngName(id);
    const other = taken.get(name);
    taken.set(name, file);
    if (other === undefined) continue;
    const required = `one image for ${name}`;
    const remedy = "leave one out, or give each an id in a list (a csv file with the columns file and id)";
    throw new DataError({ where: "privatize", required, got: `${other} and ${file}`, remedy });
  }
}

/** Originals, those that were set aside too, and whatever else lies in their folders, are never written over. */
function checkOriginals(
  inputs: readonly string[],
  found: Inputs,
  files: readonly ImageFile[],
  out: string,
): Promise<void> {
  const withFolders = (paths: readonly string[]): readonly string[] => paths.flatMap((path) => [path, dirname(path)]);
  const written = files.map(({ id }) => join(out, pngName(id)));
  return checkApart({
    where: "privatize",
    out,
    read: [...inputs, ...withFolders(sourcesOf(found))],
    written: [out, ...withFolders(written)],
  });
}
