import type { SettingsOptions } from "../compress/settings";
import type { Shown } from "../display/show";
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
export function explain(settings: SettingsOptions, options: PreservationOptions): Preservation & Shown {
  return explainSettings(settings, options);
}
