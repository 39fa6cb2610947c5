import { Command } from "commander";
import { toSettings } from "../compress/settings";
import { DataError } from "../core/errors";
import { checkWritable, writeFiles } from "../data/writeFiles";
import { explorerDocument, trainedModels } from "../explore/document";
import { readPageFiles } from "../explore/files";
import type { Wishes } from "../explore/fit";
import { sampleImages } from "../explore/samples";
import { place, tellRejected, wholeNumber } from "./imageInput";

interface ExploreFlags {
  readonly out: string;
  readonly level: number;
  readonly patchGrid: number;
  readonly wavelet: string;
  readonly decoder: readonly string[];
}

/** `deepfixcx explore`: writes the interactive page. */
export function exploreCommand(): Command {
  return new Command("explore")
    .summary("write a page to see the trade-off with your own hands")
    .description(
      "Writes one HTML file with sliders for level, patch grid, wavelet and pooling over what they keep and hide of an " +
        "image. It needs no network and no server; images larger than 320 pixels are scaled. Without files it holds " +
        "synthetic phantoms.",
    )
    .argument("[file...]", "images or folders of images to put into the page")
    .requiredOption("--out <PAGE.html>", "the file to write", place)
    .option("--level <J>", "the level it starts with", wholeNumber, 2)
    .option("--patch-grid <P>", "the patch grid it starts with", wholeNumber, 19)
    .option("--wavelet <name>", "the wavelet it starts with", "haar")
    .option("--decoder <file...>", "learned attackers that evaluate.saveDecoder wrote, beside ours for phantoms", [])
    .addHelpText("after", "\nExample:\n  deepfixcx explore scans/first.png scans/second.png --out explorer.html")
    .action(run);
}

async function run(input: readonly string[], { out, decoder, ...flags }: ExploreFlags): Promise<void> {
  const start = { level: flags.level, patchGrid: flags.patchGrid, wavelet: flags.wavelet, pooling: "l1" } as Wishes;
  toSettings(start, "explore");
  await checkWritable(out);
  const { images, rejected } =
    input.length === 0 ? { images: await sampleImages(), rejected: [] } : await readPageFiles(input);
  if (images.length === 0) {
    throw new DataError({
      where: "explore",
      required: "an image that can be read",
      got: `${rejected.length} that cannot`,
    });
  }
  const html = explorerDocument({ images, start, models: trainedModels(decoder) });
  await writeFiles([{ file: out, pieces: [html] }]);
  tellRejected(rejected);
  console.log(
    `${out}: ${images.length} images, ${(Buffer.byteLength(html) / 2 ** 20).toFixed(1)} MB; open it in any browser`,
  );
}
