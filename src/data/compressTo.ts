import { type CompressOptions, compressBatches, compressNames } from "../compress/compress";
import type { EmbeddingShape } from "../compress/embedding";
import { type CompressSettings, embeddingShape, embeddingSize, toSettings } from "../compress/settings";
import { DataError, ShapeError } from "../core/errors";
import type { Images } from "../core/images";
import { beside, discard, settle } from "./archive/draft";
import { formOfFile } from "./archive/forms";
import { readJournal } from "./archive/journal";
import type { Form, Output } from "./archive/output";
import { busy, isAnother, whileClaimed } from "./archive/owner";
import type { EmbeddingFacts } from "./embeddingFacts";
import { Pieces } from "./parquet/pieces";
import type { ColumnKind } from "./parquet/rows";
import type { FileStream } from "./readImages";
import { checkWritable } from "./writeFiles";

/** What {@link compressTo} wrote. */
export interface CompressedFile {
  readonly file: string;
  /** The shape of the numbers in it. */
  readonly shape: EmbeddingShape;
}

/** What {@link compressTo} takes: as compress, but for a buffer. */
export type CompressToOptions = Omit<CompressOptions, "out">;

const where = "compressTo";

/**
 * Compresses a stream to a file, batch by batch. Of what was written only the ids stay in memory, some 70 bytes an image, to
 * find one that stands twice.
 *
 * - FILE.npy: what saveNpy writes of an embedding, all three files together or none; loadNpy reads them.
 * - FILE.parquet: a column `id`, and `embedding`, a fixed-size list of float32 `[channel, subBand, patchRow, patchCol,
 *   pooling]`; settings and version in the file's metadata under `deepfixcx`. `embeddings.open` reads it.
 *
 * Of images from files the table also tells the decoder, `own` or `sharp`.
 *
 * @param file - ends in .npy or .parquet
 * @param images - batches `[image, channel, row, col]` of one shape
 * @throws OptionError when the name ends otherwise, and what compress throws
 * @throws DataError when a file cannot be written, another call or process is writing it, or an id stands twice
 */
export async function compressTo(
  file: string,
  images: Images | AsyncIterable<Images>,
  options: CompressToOptions,
): Promise<CompressedFile> {
  const form = formOfFile(file, where);
  const settings = toSettings(options, where, compressNames);
  for (const one of form.files(file, [])) await checkWritable(one);
  return whileClaimed({ where, out: file, file: beside(file, "claim") }, async () => {
    // The command line, too, may be at work there; what it has left undone, or damaged, is not in the way.
    const begun = await readJournal(beside(file, "journal")).catch(() => undefined);
    if (begun?.owner !== undefined && isAnother(begun.owner)) throw busy(where, file, begun.owner);
    return write({ file, form, settings }, images, options);
  });
}

interface Target {
  readonly file: string;
  readonly form: Form;
  readonly settings: CompressSettings;
}

async function write(
  { file, form, settings }: Target,
  images: Images | AsyncIterable<Images>,
  options: CompressToOptions,
): Promise<CompressedFile> {
  const files = form.files(file, []);
  const columns: readonly ColumnKind[] = "bySharp" in images ? [{ name: "decoder", kind: "text" }] : [];
  const decoders = decodersOf(images);
  const ids = new Set<string>();
  let begun: { readonly facts: EmbeddingFacts; readonly output: Output; readonly pieces: Pieces } | undefined;
  try {
    for await (const { values, imageShape, ids: own, guarantee } of compressBatches(images, options)) {
      if (begun === undefined) {
        const facts = { settings, imageShape, ...(guarantee === undefined ? {} : { guarantee }) };
        const output = await form.open({ out: file, facts, columns, states: [] });
        const pieces = new Pieces({
          rows: output.rowsOfPiece,
          size: embeddingSize(settings, imageShape),
          kinds: columns,
        });
        begun = { facts, output, pieces };
      }
      for (const id of own) addOnce(ids, id);
      const rows = { ids: own, values, columns: { decoder: decoders(own) } };
      for (const piece of begun.pieces.add(rows)) await (await begun.output.pack(piece))();
    }
    if (begun === undefined) throw new ShapeError({ where, required: "at least one batch", got: "none" });
    for (const piece of begun.pieces.rest()) await (await begun.output.pack(piece))();
    await begun.output.end();
    for (const one of files) await settle(one);
    return { file, shape: [ids.size, ...embeddingShape(settings, begun.facts.imageShape)] };
  } catch (error) {
    await begun?.output.end().catch(() => undefined);
    throw error;
  } finally {
    await Promise.allSettled(files.map(discard)); // what went wrong before is what counts
  }
}

function addOnce(ids: Set<string>, id: string): void {
  if (ids.has(id)) {
    const remedy = "give every image an id of its own";
    throw new DataError({ where, required: "ids that are unique", got: `"${id}" twice`, remedy });
  }
  ids.add(id);
}

/** Which decoder read some images, of a stream that notes it as it goes. */
function decodersOf(images: object): (ids: readonly string[]) => readonly string[] {
  const bySharp = "bySharp" in images ? (images as FileStream).bySharp : [];
  const known = new Set<string>();
  let seen = 0;
  return (ids) => {
    if (seen > bySharp.length) seen = 0; // a new pass
    for (; seen < bySharp.length; seen++) known.add(bySharp[seen] as string);
    return ids.map((id) => (known.has(id) ? "sharp" : "own"));
  };
}
