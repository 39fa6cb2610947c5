import { statSync } from "node:fs";
import { type Complaint, DataError } from "../core/errors";
import { type DecodedFile, decodeFile } from "./decode";
import { isAsked } from "./decodeRegular";
import { readStart } from "./fileBytes";
import type { ImageFile } from "./imageFile";
import { isMedical } from "./medical";
import type { ReadSettings } from "./readSettings";
import { Thread } from "./thread";

/** What a thread makes of a file. */
export type DecodeAnswer =
  | { readonly kind: "decoded"; readonly image: DecodedFile }
  | { readonly kind: "refused"; readonly complaint: Complaint };

/**
 * Decodes files as {@link decodeFile} does, and those that would hold up the calling thread in one of its own: our
 * decoders do not wait for anything, as sharp does.
 */
export class FileDecoder {
  readonly #settings: ReadSettings;
  readonly #signal: AbortSignal;
  #thread: Thread<ImageFile, DecodeAnswer> | undefined;

  /** @param signal - ends what is being decoded in the thread */
  constructor(settings: ReadSettings, signal: AbortSignal) {
    [this.#settings, this.#signal] = [settings, signal];
    signal.addEventListener("abort", this.#stop);
  }

  /** @throws what decodeFile throws, and the signal's reason */
  async decode(image: ImageFile): Promise<DecodedFile> {
    if (!takesLong(image, this.#settings)) return decodeFile(image, this.#settings);
    this.#thread ??= new Thread("fileDecoderWorker", this.#settings);
    const answer = await this.#thread.ask(image);
    if (answer.kind === "refused") throw new DataError(answer.complaint);
    return answer.image;
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener("abort", this.#stop);
    await this.#thread?.close();
  }

  readonly #stop = (): void => this.#thread?.fail(this.#signal.reason as Error);
}

// What takes our decoders some ten milliseconds.
const longBytes = 2 ** 20;
const longRawBytes = 4 * 2 ** 20;

/** Whether our decoders would be at it for long; sharp, which resizes, has threads of its own. */
function takesLong(image: ImageFile, settings: ReadSettings): boolean {
  const start = Buffer.from(readStart(image, 26));
  if (start.length === 26 && start.toString("latin1", 12, 16) === "IHDR") return isLongPng(start, settings);
  const bytes = image.packed?.bytes ?? statSync(image.file, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes <= longBytes) return false;
  return start[0] === 0xff ? !isResized(settings) : isMedical(image);
}

function isLongPng(start: Buffer, settings: ReadSettings): boolean {
  const [cols, rows, bits] = [start.readUInt32BE(16), start.readUInt32BE(20), start.readUInt8(24)];
  const channels = start[25] === 2 ? 3 : 1;
  return (rows * cols * bits * channels) / 8 > longRawBytes && isAsked([channels, rows, cols], bits, settings);
}

/** Whether most files change their size, and so are sharp's. */
function isResized({ size, fit }: ReadSettings): boolean {
  return size !== "file" && fit !== "crop";
}
