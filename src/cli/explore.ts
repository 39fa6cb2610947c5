import { Command, InvalidArgumentError } from "commander";
import type { WaveletName } from "../compress/wavelets";
import { findInputs } from "../data/inputs/findInputs";
import { checkWritable, writeFiles } from "../data/writeFiles";
import { explorerDocument, trainedModels } from "../explore/document";
import { type PageFiles, readPageFiles } from "../explore/files";
import { longestSide, startWith } from "../explore/fit";
import { sampleImages } from "../explore/samples";
import { checkApart, sourcesOf } from "./apart";
import { imageInputs, orTellRejected, tellRejected, wholeNumber } from "./imageInput";

interface ExploreFlags {
  readonly out: string;
  readonly level?: number;
  readonly patchGrid?: number;
  readonly wavelet?: WaveletName;
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
    .argument("[input...]", `what to put into the page: ${imageInputs}`)
    .requiredOption("--out <PAGE.html>", "the file to write", page)
    .option(
      "--level <J>",
      "the level it starts with (default: 2, or the deepest that the first image allows)",
      wholeNumber,
    )
    .option("--patch-grid <P>", "the patch grid it starts with (default: 19, or the most that it allows)", wholeNumber)
    .option("--wavelet <name>", "the wavelet it starts with (default: haar)")
    .option("--decoder <file...>", "learned attackers that evaluate.saveDecoder wrote, beside ours for phantoms", [])
    .addHelpText("after", "\nExample:\n  deepfixcx explore scans/first.png scans/second.png --out explorer.html")
    .action(run);
}

async function run(inputs: readonly string[], { out, decoder, ...asked }: ExploreFlags): Promise<void> {
  const start = startWith(asked, [1, longestSide, longestSide]); // no image is larger: told before any is read
  const models = trainedModels(decoder);
  await checkWritable(out);
  const read: PageFiles =
    inputs.length === 0
      ? { images: await sampleImages(), start, rejected: [] }
      : await orTellRejected(() => readFiles(inputs, { out, decoder, ...asked }));
  const html = explorerDocument({ images: read.images, start: read.start, models });
  await writeFiles([{ file: out, pieces: [html] }]);
  const [count, size] = [read.images.length, (Buffer.byteLength(html) / 2 ** 20).toFixed(1)];
  console.log(`${out}: ${count} ${count === 1 ? "image" : "images"}, ${size} MB; open it in any browser`);
  tellRejected(read.rejected);
}

/** Reads the inputs, of which, as of the decoders, the page is none. */
async function readFiles(inputs: readonly string[], { out, decoder, ...asked }: ExploreFlags): Promise<PageFiles> {
  const found = await findInputs(inputs, { where: "explore" });
  await checkApart({ where: "explore", out, read: [...inputs, ...sourcesOf(found), ...decoder], written: [out] });
  return readPageFiles(found, asked);
}

function page(text: string): string {
  if (!text.endsWith(".html")) throw new InvalidArgumentError("a file ending in .html is needed.");
  return text;
}
