import type { Wishes } from "./fit";

/** What is written into a page beside its script. */
export interface PageData {
  readonly images: readonly InlinedImage[];
  /** The settings that it starts with. */
  readonly start: Wishes;
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
