import type { Embedding } from "../compress/embedding";
import { OptionError } from "../core/errors";
import { typeName } from "../core/images";
import type { SettingsOptions } from "../compress/settings";
import type { Shown } from "../display/show";
import type { TrainedModel } from "../train/model";
import type { Attribution } from "./attribution";
import { type AttributionOptions, explainModel } from "./explainModel";
import { explainSettings } from "./explainSettings";
import type { Preservation, PreservationOptions } from "./preservation";

/**
 * What compressing with these settings preserves, obscures and removes, before any training, in words, numbers and a
 * picture.
 *
 * @param settings - the settings to be judged
 * @param options - the shape of the images, and some images whose energy is to be told sub-band by sub-band
 * @throws OptionError when a setting is not allowed
 * @throws ShapeError when images of this shape cannot be compressed so
 * @see the paper, on ante-hoc explainability
 */
export function explain(settings: SettingsOptions, options: PreservationOptions): Preservation & Shown;
/**
 * What a trained model's answers are owed to: a signed number for every number of the embedding, a map over the
 * reconstruction (spatial bias) and shares by edge scale and orientation (edge bias). The images are never looked at.
 *
 * @param model - an MLP or logistic regression trained on embeddings
 * @param embedding - of the model's settings and image shape
 * @throws OptionError when an option is not allowed, or the model has no such target
 * @throws ShapeError when the embedding is not what the model was trained on
 * @throws DataError when an image has no label or prediction
 * @see the paper, on post-hoc explanations of spatial and edge bias
 */
export function explain(model: TrainedModel, embedding: Embedding, options?: AttributionOptions): Attribution & Shown;
export function explain(
  subject: SettingsOptions | TrainedModel,
  given?: PreservationOptions | Embedding,
  options?: AttributionOptions,
): (Preservation | Attribution) & Shown {
  checkGiven(subject, given);
  if ("weights" in subject) return explainModel(subject, given as Embedding, options);
  return explainSettings(subject, given);
}

/** Cells and JavaScript can leave out anything. */
function checkGiven(
  subject: unknown,
  given: PreservationOptions | Embedding | undefined,
): asserts given is PreservationOptions | Embedding {
  const known = typeof subject === "object" && subject !== null;
  if (known && typeof given === "object" && given !== null) return;
  const second = known && "weights" in subject ? "an embedding" : "{ imageShape }";
  throw new OptionError({
    where: "explain",
    required: known ? `${second} as second argument` : "settings or a trained model as first argument",
    got: typeName(known ? given : subject),
    remedy: "explain(embedding.settings, { imageShape: embedding.imageShape }) or explain(model, embedding)",
  });
}
