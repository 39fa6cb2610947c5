import { dirname } from "node:path";
import { Command } from "commander";
import {
  checkFit,
  type CompressSettings,
  embeddingShape,
  inMemoryRatio,
  toSettings,
  type Pooling,
} from "../compress/settings";
import { type ArchiveOptions, compressArchive, doneBefore } from "../data/archive/compressArchive";
import { isThere } from "../data/archive/draft";
import { formOf, isFile } from "../data/archive/forms";
import { findInputs, type Inputs } from "../data/inputs/findInputs";
import { idsFile, settingsFile } from "../data/npy";
import { checkAllAlike, nothingUsable } from "../data/outcomes";
import { readHeaders } from "../data/readImages";
import { readSettings } from "../data/readSettings";
import { checkWritable } from "../data/writeFiles";
import { checkApart, sourcesOf } from "./apart";
import {
  orTellRejected,
  place,
  poolingList,
  readOptionsOf,
  reportRejected,
  settingsOf,
  takesImages,
  tellRejected,
  workersOf,
  type ImageFlags,
} from "./imageInput";

interface CompressFlags extends ImageFlags {
  readonly pooling: readonly Pooling[];
  readonly out: string;
  readonly columns: readonly string[];
  readonly tags: readonly string[];
  readonly dryRun?: true;
  readonly resume: boolean;
}

/** `deepfixcx compress`: images in; one .npy with a table of ids, one Parquet file, or a folder of them out. */
export function compressCommand(): Command {
  const command = new Command("compress")
    .summary("compress images to an .npy or a Parquet file")
    .description(
      "Compresses images by wavelet packets and pooling on a patch grid. Writes FILE.npy (float32, axes image, channel, " +
        "sub-band, patch row, patch column, pooling), FILE.npy.ids.csv (the id of every row) and FILE.npy.json (settings); " +
        "or FILE.parquet, a row an image, with the settings in its metadata; or a folder of such files. What cannot be used " +
        "is listed with the reason in FILE.rejected.csv.",
    );
  return takesImages(command)
    .option("--pooling <names>", "what a patch becomes, one or several with commas between", poolingList, ["l1"])
    .option("--columns <names>", "columns of a list to carry over, with commas between", words, [])
    .option("--tags <names>", "tags of DICOM files to carry over: PatientSex, 0018,5101 and so on", tagNames, [])
    .option("--no-resume", "start over where an earlier run was stopped (default: go on)")
    .option("--dry-run", "say what would be written or refused, without writing")
    .requiredOption("--out <place>", "FILE.npy, FILE.parquet, or a folder for many Parquet files", place)
    .addHelpText("after", "\nExample:\n  deepfixcx compress scans --level 2 --patch-grid 19 --out scans.npy")
    .action(run);
}

async function run(inputs: readonly string[], flags: CompressFlags): Promise<void> {
  const { out } = flags;
  const settings = toSettings({ ...settingsOf(flags), pooling: flags.pooling }, "compress"); // told before any is read
  formOf(out, "compress");
  if (isFile(out)) await checkWritable(out);
  if (flags.dryRun === true) return orTellRejected(async () => plan(await find(inputs, flags), settings, flags));
  const isReplaced = isFile(out) && (await isThere(out));
  const { shape, rejected, before } = await orTellRejected(async () =>
    compressArchive(await find(inputs, flags), archiveOptions(settings, flags)),
  );
  if (before > 0) console.log(`${before} files were done before`);
  if (isReplaced) console.log(`${out} was there before, and was written anew`);
  const ids = out.endsWith(".npy") ? `; ids in ${idsFile(out)}` : "";
  console.log(`${out}: ${shape[0]} images, float32 [${shape.join(", ")}]${ids}`);
  await reportRejected(rejected, `${out.replace(/\/+$/, "")}.rejected.csv`);
}

function archiveOptions(settings: CompressSettings, flags: CompressFlags): ArchiveOptions {
  const { out, resume } = flags;
  return { out, settings, read: readSettings(readOptionsOf(flags)), resume, ...workersOf(flags) };
}

/** Finds inputs, none of which is the output or, where that is a folder, lies in it. */
async function find(inputs: readonly string[], { out, columns, tags, ...flags }: CompressFlags): Promise<Inputs> {
  const { pixelLimit } = readSettings(readOptionsOf(flags));
  const found = await findInputs(inputs, { columns, tags, pixelLimit });
  const folders = new Set(sourcesOf(found).map((file) => dirname(file)));
  await checkApart({ where: "compress", out, read: [...inputs, ...folders], written: [out] });
  return found;
}

/** Looks at the output and reads all headers, which is enough to know the shape and what a run would refuse. */
async function plan(inputs: Inputs, settings: CompressSettings, flags: CompressFlags): Promise<void> {
  const { out } = flags;
  const { files, rejected: refused } = inputs;
  const before = await doneBefore(inputs, archiveOptions(settings, flags));
  const { usable, rejected: unreadable } = await readHeaders(files, readOptionsOf(flags));
  const rejected = [...refused, ...unreadable];
  const [first] = usable;
  if (first === undefined) throw nothingUsable(rejected);
  console.log(
    `${files.length + refused.length} files: by their headers ${usable.length} usable, ${rejected.length} rejected`,
  );
  tellRejected(rejected);
  checkFit(settings, first.shape, "compress");
  checkAllAlike(usable);
  const each = embeddingShape(settings, first.shape);
  const megabytes = (4 * usable.length * each.reduce((product, side) => product * side, 1)) / 1e6;
  console.log(`each is ${first.shape.join("x")} (channels x rows x columns) of ${first.bits} bits`);
  console.log(`would write ${out}: float32 [${usable.length}, ${each.join(", ")}], ${megabytes.toFixed(1)} MB`);
  if (out.endsWith(".npy")) console.log(`and beside it ${idsFile(out)} and ${settingsFile(out)}`);
  if (before > 0) console.log(`${before} files were done before`);
  if (isFile(out) && (await isThere(out))) console.log(`${out} is there, and would be written anew`);
  console.log(`in-memory ratio: ${inMemoryRatio(settings, first.shape).toFixed(3)} %`);
}

function words(text: string): readonly string[] {
  return text.split(",").filter((word) => word !== "");
}

/** Names with commas between, some of which hold one. */
function tagNames(text: string): readonly string[] {
  return text.match(/\(?[0-9a-f]{4},[0-9a-f]{4}\)?|[^,]+/gi) ?? [];
}
