import type { Shown, Tabled } from "../display/show";
import { type Described, showModel } from "./figures";
import { readData, writeData } from "./files";
import type { TrainedModel } from "./model";

/**
 * Writes a model with all that belongs to it (settings, classes, normalisation, thresholds, versions) into one file.
 *
 * @throws DataError when the file cannot be written; what stood there before then stays
 */
export function saveModel(model: TrainedModel, file: string): void {
  writeData(file, "model", model);
}

/**
 * Reads a model that {@link saveModel} wrote; it predicts the same numbers.
 *
 * @throws DataError when the file cannot be read, is cut short or damaged, or holds something else
 */
export function loadModel(file: string): TrainedModel & Shown & Tabled & Described {
  return showModel(readData(file, "model") as TrainedModel);
}
