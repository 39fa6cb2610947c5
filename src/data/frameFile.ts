import { createHash } from "node:crypto";
import { readBytes } from "./fileBytes";
import type { ImageFile } from "./imageFile";

/** The bytes of a file and their SHA-256. */
export interface FrameBytes {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** The file whose frames or slices are asked for one after another, read once. */
export class FrameFile {
  #latest: (FrameBytes & { readonly file: string }) | undefined;

  /** @throws what readBytes throws */
  read(image: ImageFile, most: number): FrameBytes {
    if (this.#latest?.file !== image.file) {
      const bytes = readBytes(image, most);
      this.#latest = { file: image.file, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
    }
    return this.#latest;
  }
}
