import { Command, InvalidArgumentError } from "commander";
import { toSettings, type Pooling } from "../compress/settings";
import { embedRows, listFrames } from "../data/archive/arrowWorker";
import { factsJson } from "../data/embeddingFacts";
import { readSettings } from "../data/readSettings";
import { readOptionsOf, settingsOf, takesSettings, poolingList, type ImageFlags } from "./imageInput";

interface WorkerFlags extends ImageFlags {
  readonly pooling: readonly Pooling[];
  readonly like?: readonly number[];
  readonly facts?: true;
  readonly frames?: true;
}

/** `deepfixcx worker`: the part of an engine that runs on many machines, such as Spark, that compresses. */
export function workerCommand(): Command {
  const command = new Command("worker")
    .summary("compress for an engine such as Spark: Arrow in, Arrow out")
    .description(
      "Reads an Arrow IPC stream with columns id and file (text), and frame where a file holds several images (from 0 on), " +
        "from standard input, and writes one to standard output: " +
        "for every batch that comes one of as many rows, in the same order, before the next is read. Its columns: id, " +
        "source, sha256, decoder, kind (channels x rows x columns x bits of the pixels), embedding (list of float32) and " +
        "error. A row has either an embedding or an error. Ends when its input does. Nothing else is written to " +
        "standard output, and no network is used.",
    );
  return takesSettings(command)
    .option("--pooling <names>", "what a patch becomes, one or several with commas between", poolingList, ["l1"])
    .option("--like <CxHxWxB>", "the kind that all images must be; default: the first that can be used", kind)
    .option("--facts", "write the settings as embeddings.open reads them, and end; needs --like")
    .option("--frames", "tell the images of files instead: columns row (of the batch), id and frame")
    .action(run);
}

async function run(flags: WorkerFlags): Promise<void> {
  const settings = toSettings({ ...settingsOf(flags), pooling: flags.pooling }, "worker");
  const read = readSettings(readOptionsOf(flags));
  if (flags.facts === true) {
    const [channels = 1, rows = 1, cols = 1] = flags.like ?? [];
    process.stdout.write(`${factsJson({ settings, imageShape: [channels, rows, cols], read })}\n`);
    return;
  }
  if (flags.frames === true) await listFrames(process.stdin, process.stdout, read);
  else await embedRows(process.stdin, process.stdout, { settings, read, like: flags.like });
}

function kind(text: string): readonly number[] {
  if (/^\d+x\d+x\d+x(8|16)$/.test(text)) return text.split("x").map(Number);
  throw new InvalidArgumentError("channels x rows x columns x bits are needed, such as 1x320x320x8.");
}
