import type { Embedding } from "../../compress/embedding";

/** What one mechanism at one strength costs and what it hides. */
export interface Protection {
  readonly mechanism: string;
  readonly strength: string;
  /**
   * ROC AUC: of logistic regression on the protected numbers, each image scored by a fit to other patients; for a score,
   * of the score itself. A grouped score is worth what its published weights are on single new images.
   */
  readonly auc: number;
  /** Linkage among images of equal label, by a metric learned on protected numbers of other patients; chance 0.5. */
  readonly verificationAuc: number;
  /** Nearest neighbour of equal label shows the same patient. */
  readonly topHit: number;
  /** What random lists give. */
  readonly topChance: number;
  /** In dB, learned on protected numbers of other patients: by regression, or refined by a network where that is better. */
  readonly psnr: number;
}

/** Mechanisms beside each other. */
export interface Protections {
  readonly kind: "protections";
  readonly rows: readonly Protection[];
  /** In dB: what the mean of the attacker's images gives. */
  readonly meanImagePsnr: number;
  readonly images: number;
  readonly patients: number;
  readonly settings: Embedding["settings"];
  /** Whether rebuilt pictures were refined by a learned network too. */
  readonly decoder: boolean;
}
