import type { CompressSettings } from "../../compress/settings";
import type { Result } from "./compute";

/** What scripts in the page can read, as `globalThis.deepfixcx`: the numbers that are on the screen. */
export interface OnScreen {
  readonly settings: CompressSettings;
  readonly embedding: Float32Array;
  readonly image: string;
}

/** Tells the frame around the page, a notebook for instance, and scripts in the page, which settings are chosen. */
export function tellOutside({ settings, embedding, image }: Result): void {
  const shown: OnScreen = { settings, embedding: embedding.values, image: image.id };
  Object.assign(globalThis, { deepfixcx: shown });
  if (window.parent !== window) window.parent.postMessage({ deepfixcx: settings }, "*");
}
