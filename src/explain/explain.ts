import type { Embedding } from "../compress/embedding";
import { OptionError } from "../core/errors";
import { type Images, typeName } from "../core/images";
import type { SettingsOptions } from "../compress/settings";
import type { Shown } from "../display/show";
import type { TrainedModel } from "../train/model";
import type { Attribution } from "./attribution";
import { explainDeep, type ImageAttributionOptions } from "./explainDeep";
import { type AttributionOptions, explainModel } from "./explainModel";
import { explainSettings } from "./explainSettings";
import type { ImageAttribution } from "./imageAttribution";
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
/**
 * What a deep network's answers are owed to: a signed number for every pixel of the images that it sees, which are the
 * privatized ones where the model says so; they lie under the map, the originals are never shown.
 *
 * @param model - a deep network
 * @param images - of the shape that it was trained on
 * @throws OptionError when an option is not allowed, or the model is not a deep network
 */
export function explain(
  model: TrainedModel,
  images: Images,
  options?: ImageAttributionOptions,
): Promise<ImageAttribution & Shown>;
export function explain(
  subject: SettingsOptions | TrainedModel,
  given?: PreservationOptions | Embedding | Images,
  options?: AttributionOptions | ImageAttributionOptions,
): ((Preservation | Attribution) & Shown) | Promise<ImageAttribution & Shown> {
  checkGiven(subject, given);
  if ("weights" in subject && "pixels" in given) {
    return explainDeep(subject, given, options as ImageAttributionOptions);
  }
  if ("weights" in subject) return explainModel(subject, given as Embedding, options as AttributionOptions);
  return explainSettings(subject, given as PreservationOptions);
}

/** Cells and JavaScript can leave out anything. */
function checkGiven(
  subject: unknown,
  given: PreservationOptions | Embedding | Images | undefined,
): asserts given is PreservationOptions | Embedding | Images {
  const known = typeof subject === "object" && subject !== null && !Array.isArray(subject);
  if (known && typeof given === "object" && given !== null) return;
  const second = known && "weights" in subject ? "an embedding (for a deep network, images)" : "{ imageShape }";
  throw new OptionError({
    where: "explain",
    required: known ? `${second} as second argument` : "settings or a trained model as first argument",
    got: typeName(known ? given : subject),
    remedy: "explain(embedding.settings, { imageShape: embedding.imageShape }) or explain(model, embedding)",
  });
}
