import type { Wishes } from "./fit";
import type { PageDecoder } from "./pageDecoder";

/** What is written into a page beside its script. */
export interface PageData {
  readonly images: readonly InlinedImage[];
  /** The settings that it starts with. */
  readonly start: Wishes;
  readonly models: PageModels;
}

/** What was trained for the page. */
export interface PageModels {
  readonly classifier: PageClassifier;
  readonly decoders: readonly PageDecoder[];
}

/** Logistic regression of one finding on the means of a grid of squares over the whole image. */
export interface PageClassifier {
  readonly finding: string;
  /** Squares along each axis. */
  readonly side: number;
  /** `[row, col]` */
  readonly weights: readonly number[];
  readonly bias: number;
  /** `[row, col]`: the mean of the images that it learned from. */
  readonly mean: readonly number[];
  /** On images that it did not learn from. */
  readonly auc: number;
  /** How many those were. */
  readonly images: number;
}

/** An image inside a page. */
export interface InlinedImage {
  readonly id: string;
  /** What the person sees it called. */
  readonly name: string;
  /** What it is, or what was done to it; may be empty. */
  readonly note: string;
  /** A PNG file in base64. */
  readonly png: string;
}
