import { type Shown, showAs } from "../../display/show";
import type { Embedding } from "../embedding";
import { type NoiseOptions, planNoise } from "./plan";

/**
 * Adds noise to the embedding of 8-bit images, so that images which differ in at most `pixels` pixels give almost the same
 * release: differential privacy. The embedding of 8-bit images is a whole multiple of 1 / (255 x 2^J); the noise is drawn
 * on these whole numbers, exactly, by the system's cryptographic generator, and no seed is kept.
 *
 * What is promised is for a few pixels, not for a person: at `pixels` 1, whole-image features stay visible. How much,
 * `evaluate.linkage` and `evaluate.reconstructionAttack` measure. {@link sensitivity} holds the proof of the bound.
 *
 * Where patches are so large that float32 does not hold their sums exactly, `compress` with the option `noise` does this
 * from the pixels.
 *
 * @throws OptionError when an option is out of range, the settings have no known sensitivity, or sums are not exact
 * @throws DataError when the embedding is not that of 8-bit images
 */
export function addNoise(embedding: Embedding, options: NoiseOptions): Embedding & Shown {
  const plan = planNoise(embedding.settings, embedding.imageShape, options);
  const values = embedding.values.slice();
  plan.applyToValues(values, embedding.ids);
  const noisy: Embedding = { ...embedding, values, guarantee: plan.guarantee };
  const words = `Embedding of ${embedding.ids.length} images [${embedding.shape.join(", ")}] with noise: ${plan.guarantee.words}`;
  return showAs(noisy, { summary: () => words, view: () => ({ kind: "note", text: words }) });
}
