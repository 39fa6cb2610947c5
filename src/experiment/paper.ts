/** The data set of the paper that a result is about; `none`: it follows from the definitions alone. */
export type PaperData = "chest" | "glaucoma" | "cervix" | "none";

/** A number that the paper reports. */
export interface PaperValue {
  readonly value: number;
  /** The ends of its interval, where it gives one. */
  readonly low?: number;
  readonly high?: number;
  /** Digits behind the point that the paper prints. */
  readonly digits: number;
}

/** One figure, table entry or claim of the paper. */
export interface PaperResult {
  /** A name of ours, such as `"chest-auc-map"`: the paper's own numbering is not used. */
  readonly id: string;
  readonly kind: "claim" | "figure" | "table";
  /** What it is, with its unit. */
  readonly what: string;
  /** The notebook that measures it again. */
  readonly notebook: string;
  readonly data: PaperData;
  /** What the paper reports, where that is one number. */
  readonly paper?: PaperValue;
  /** True where the number follows from sizes and settings alone: it must then agree on any images. */
  readonly exact?: true;
}
