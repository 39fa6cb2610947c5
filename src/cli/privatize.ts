import { realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Command } from "commander";
import { toSettings } from "../compress/settings";
import { DataError } from "../core/errors";
import { checkUnique } from "../core/images";
import { startWork } from "../core/progress";
import type { ImageFile } from "../data/imageFile";
import { findInputs } from "../data/inputs/findInputs";
import { type Rejected, nothingUsable } from "../data/outcomes";
import { privatizeFiles } from "../data/privatizeFiles";
import type { PrivatizeStart } from "../data/privatizeFilesWorker";
import { readSettings } from "../data/readSettings";
import { makeFolder, pngName, savePng, staysInside } from "../data/saveImages";
import { writeFiles } from "../data/writeFiles";
import { orTellRejected, readOptionsOf, reportRejected, settingsOf, takesImages, type ImageFlags } from "./imageInput";

interface PrivatizeFlags extends ImageFlags {
  readonly out: string;
}

/** `deepfixcx privatize`: images in, the same images without the detail that the settings take away out. */
export function privatizeCommand(): Command {
  const command = new Command("privatize")
    .summary("write images without the detail that the settings take away")
    .description(
      "Compresses images and reconstructs them at their size, as 8-bit PNG below DIR under their own names; values beyond " +
        "black and white are clamped. How much of a person can still be recovered is to be measured: evaluate.privacy.",
    );
  return takesImages(command)
    .requiredOption("--out <DIR>", "the folder to write to; made where it is missing")
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
  const files = found.files.filter(({ id }) => staysInside(id));
  const rejected = [...found.rejected, ...found.files.filter(({ id }) => !staysInside(id)).map(leaving)];
  checkUnique(
    files.map(({ id }) => pngName(id)),
    "privatize: names of the PNG files",
  );
  await checkApart(inputs, files, out);
  await makeFolder(out);
  const written = await writeAll(files, { read, settings }, flags);
  rejected.push(...written.rejected);
  if (written.done === 0) throw nothingUsable(rejected);
  await writeFiles([{ file: join(out, "settings.json"), pieces: [`${JSON.stringify(settings, undefined, 2)}\n`] }]);
  console.log(`${out}: ${written.done} images as PNG; settings in settings.json`);
  await reportRejected(rejected, join(out, "rejected.csv"));
}

/** Writes a PNG file for every image that can be used, and tells how many there are and what was set aside. */
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

/** Lists may give any id. */
function leaving({ id, file }: ImageFile): Rejected {
  return {
    id,
    file,
    reason: "an id below which its PNG file stays in the output folder, got one that leads out of it",
  };
}

/** Originals, and whatever else lies in their folders, are never written over, through links neither. */
async function checkApart(inputs: readonly string[], files: readonly ImageFile[], out: string): Promise<void> {
  const sources = files.map(({ file, packed }) => packed?.archive ?? file);
  const taken = await realPaths([...inputs, ...sources.flatMap((file) => [file, dirname(file)])]);
  const written = files.map(({ id }) => join(out, pngName(id)));
  const places = await realPaths([out, ...written.flatMap((file) => [file, dirname(file)])]);
  const shared = [...places].find((place) => taken.has(place));
  if (shared === undefined) return;
  const complaint = { where: "privatize", file: out, required: "an output folder apart from the input images" };
  throw new DataError({ ...complaint, got: `input at ${shared}`, remedy: "name another with --out" });
}

/** What does not exist yet stays as it is named. */
async function realPaths(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const names = [...new Set(paths.map((path) => resolve(path)))];
  return new Set(await Promise.all(names.map((name) => realpath(name).catch(() => name))));
}
