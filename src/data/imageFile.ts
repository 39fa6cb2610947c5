/** An image that lies in a file, and the id by which results refer to it. */
export interface ImageFile {
  readonly id: string;
  /** Its path; inside a zip archive, that of the archive and on. */
  readonly file: string;
  /** Where it lies in a zip archive. */
  readonly packed?: PackedFile;
  /** Which frame of a DICOM file or slice of a NIfTI file, from 0 on, where there are several. */
  readonly frame?: number;
}

/** Where a file lies in a zip archive, and how long it is. */
export interface PackedFile {
  readonly archive: string;
  /** Of the header before the bytes. */
  readonly offset: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly method: "stored" | "deflated";
  readonly crc32: number;
}
