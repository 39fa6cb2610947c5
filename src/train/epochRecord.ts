/** How one epoch went. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean over the epoch's batches as they were trained on. */
  readonly loss: number;
  readonly validationLoss: number;
  /** The mean over classes that have both positives and negatives. */
  readonly validationAuc: number;
}
