import { Command } from "commander";
import { checkFit, embeddingShape, inMemoryRatio, toSettings, type Pooling } from "../compress/settings";
import { OptionError } from "../core/errors";
import { compressTo } from "../data/compressTo";
import { idsFile, settingsFile } from "../data/npy";
import { findImageFiles, type ImageFile } from "../data/imageFiles";
import { checkHeaders, streamFiles } from "../data/readImages";
import { checkWritable } from "../data/writeFiles";
import {
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
  readonly dryRun?: true;
}

/** `deepfixcx compress`: images in, one .npy with a table of ids, or one Parquet file, out. */
export function compressCommand(): Command {
  const command = new Command("compress")
    .summary("compress images to an .npy or a Parquet file")
    .description(
      "Compresses images by wavelet packets and pooling on a patch grid. Writes FILE.npy (float32, axes image, channel, " +
        "sub-band, patch row, patch column, pooling), FILE.npy.ids.csv (the id of every row) and FILE.npy.json (settings); " +
        "or FILE.parquet, a row an image, with the settings in its metadata.",
    );
  return takesImages(command)
    .option("--pooling <names>", "what a patch becomes, one or several with commas between", poolingList, ["l1"])
    .option("--dry-run", "say what would be written, without writing")
    .requiredOption("--out <file>", "FILE.npy or FILE.parquet")
    .addHelpText("after", "\nExample:\n  deepfixcx compress scans --level 2 --patch-grid 19 --out scans.npy")
    .action(run);
}

async function run(inputs: readonly string[], flags: CompressFlags): Promise<void> {
  const { out } = flags;
  if (!/\.(npy|parquet)$/.test(out)) {
    throw new OptionError({ where: "compress", required: "--out with the ending .npy or .parquet", got: out });
  }
  const options = { ...settingsOf(flags), pooling: flags.pooling };
  toSettings(options, "compress"); // a wrong option is told before any image is read
  await checkWritable(out);
  const files = await findImageFiles(inputs);
  if (flags.dryRun === true) return plan(files, flags);
  const images = streamFiles(files, readOptionsOf(flags));
  const { shape } = await compressTo(out, images, { ...options, ...workersOf(flags) });
  console.log(
    `${out}: ${shape[0]} images, float32 [${shape.join(", ")}]${out.endsWith(".npy") ? `; ids in ${idsFile(out)}` : ""}`,
  );
  await reportRejected(images.rejected, `${out}.rejected.csv`);
}

/** Reads all headers, and the first usable image, which is enough to know the shape. */
async function plan(files: readonly ImageFile[], flags: CompressFlags): Promise<void> {
  const rejected = await checkHeaders(files, readOptionsOf(flags));
  const usable = files.length - rejected.length;
  for await (const { shape } of streamFiles(files, readOptionsOf(flags))) {
    const [, ...imageShape] = shape;
    const settings = toSettings({ ...settingsOf(flags), pooling: flags.pooling }, "compress");
    checkFit(settings, imageShape, "compress");
    const each = embeddingShape(settings, imageShape);
    const megabytes = (4 * usable * each.reduce((product, side) => product * side, 1)) / 1e6;
    console.log(`${files.length} files: by their headers ${usable} usable, ${rejected.length} rejected`);
    console.log(`the first usable is ${imageShape.join("x")} (channels x rows x columns)`);
    console.log(`would write ${flags.out}: float32 [${usable}, ${each.join(", ")}], ${megabytes.toFixed(1)} MB`);
    if (flags.out.endsWith(".npy")) {
      console.log(`and beside it ${idsFile(flags.out)} and ${settingsFile(flags.out)}`);
    }
    console.log(`in-memory ratio: ${inMemoryRatio(settings, imageShape).toFixed(3)} %`);
    return tellRejected(rejected);
  }
}
