import type { Embedding } from "../../compress/embedding";
import type { Guarantee } from "../../compress/noise/guarantee";
import type { Estimate } from "../bootstrap";
import type { AttributeInference } from "./attributes";
import type { Linkage } from "./linkage";
import type { Membership } from "./membership";
import type { ReconstructionAttack } from "./reconstruction";

/** How well a column is inferred, and from what. */
export interface AttributeAttack {
  readonly embedding: AttributeInference;
  /** The same attack on pixels shrunk to 16x16. */
  readonly pixels: AttributeInference;
  readonly label?: AttributeInference;
}

/** What embeddings of one setting give away to measured attacks, beside what they are worth. */
export interface PrivacyCard {
  readonly kind: "privacyCard";
  readonly settings: Embedding["settings"];
  /** Of one embedding in memory. */
  readonly bytes: number;
  /** In percent of the image's numbers. */
  readonly inMemoryRatio: number;
  /** ROC AUC of a model; there when an evaluation was given. */
  readonly auc?: Estimate;
  readonly linkage: {
    readonly euclidean: Linkage;
    readonly learned: Linkage;
    /** The same attack on pixels shrunk to the attacked size. */
    readonly pixels: Linkage;
    readonly label?: Linkage;
  };
  readonly reconstruction: ReconstructionAttack;
  /** One for each column that was given. */
  readonly attributes: readonly AttributeAttack[];
  /** There when predictions of training images were given: an attack on the model, not on the embedding. */
  readonly membership?: Membership;
  /** What noise promises; compression alone promises nothing. */
  readonly guarantee: Guarantee;
}
