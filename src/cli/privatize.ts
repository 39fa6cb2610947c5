import { dirname, join, relative } from "node:path";
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
import { checkFolder, noteSettings, otherPngs, removeDrafts } from "../data/privatizedFolder";
import { readSettings } from "../data/readSettings";
import { makeFolder, pngName, refusalOfId, savePng } from "../data/saveImages";
import { checkApart, checkOutside, sourcesOf } from "./apart";
import {
  orTellRejected,
  place,
  printable,
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
        "again; other PNG files there stay, and are told; a folder of images with other settings, or below an input, is " +
        "refused. How much of a person can still be recovered is to be measured: evaluate.privacy.",
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
  await checkOutside("privatize", out, inputs);
  await makeFolder(out);
  await whileClaimed({ where: "privatize", out, file: join(out, ".claim") }, async () => {
    await checkFolder(out, { read, settings });
    await removeDrafts(out);
    const written = await writeAll(files, { read, settings }, flags);
    rejected.push(...written.rejected);
    const images = written.names.size;
    if (images === 0) throw nothingUsable(rejected);
    const others = await otherPngs(out, written.names);
    await noteSettings(out, { read, settings }, { images, others: others.length });
    console.log(`${out}: ${images} images as PNG; settings in settings.json`);
    tellOthers(others);
    await reportRejected(rejected, join(out, "rejected.csv"));
  });
}

/** Images that are no longer among the inputs, because they were withdrawn perhaps, do not stay unnoticed. */
function tellOthers(others: readonly string[]): void {
  if (others.length === 0) return;
  const [files, are] = others.length === 1 ? ["file", "is"] : ["files", "are"];
  const named = `${others.slice(0, 3).map(printable).join(", ")}${others.length > 3 ? ", ..." : ""}`;
  console.error(`${others.length} more PNG ${files} there ${are} not of this run: ${named}; remove what is not wanted`);
}

/**
 * Writes a PNG file for every image that can be used, and tells their names and what was set aside. The settings
 * stand there before the first, so that a run that is stopped leaves a folder that tells what it holds.
 */
async function writeAll(
  files: readonly ImageFile[],
  start: PrivatizeStart,
  { workers, out }: Pick<PrivatizeFlags, "workers" | "out">,
): Promise<{ readonly names: ReadonlySet<string>; readonly rejected: readonly Rejected[] }> {
  const work = startWork("privatize", files.length);
  const rejected: Rejected[] = [];
  const names = new Set<string>();
  try {
    for await (const { outcomes, pngs } of privatizeFiles(files, start, { workers, signal: work.signal })) {
      work.check();
      if (names.size === 0 && pngs.some((png) => png !== undefined)) await noteSettings(out, start);
      await Promise.all(
        outcomes.map(async (outcome, at) => {
          const png = pngs[at];
          if (outcome.kind === "rejected") rejected.push(outcome);
          else if (png !== undefined) names.add(relative(out, await savePng(png, outcome.id, out)));
        }),
      );
      work.report(names.size);
    }
  } finally {
    work.end();
  }
  return { names, rejected };
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
