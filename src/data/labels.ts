/** What is known of each image. */
export interface Labels {
  /** `binary`: one class that is there or not. `single`: exactly one of several classes. `multi`: several findings, each there or not. */
  readonly kind: "binary" | "single" | "multi";
  /** For `binary` the one positive class. */
  readonly classes: readonly string[];
  /** `[image, class]`: 1 there, 0 not, NaN uncertain. */
  readonly values: Float32Array;
  readonly ids: readonly string[];
}

/** Which images serve which purpose, by id; no patient stands in two of them. */
export interface Split {
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

/** The patient (or other group) of every image, by image id. */
export type Groups = Readonly<Record<string, string>>;
