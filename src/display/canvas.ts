import type * as CanvasLibrary from "@napi-rs/canvas";
import { fontFiles } from "./fonts";
import { once } from "./once";

/** The canvas library with our font in it. */
export const canvasLibrary: () => Promise<typeof CanvasLibrary> = once(async () => {
  const library = await import("@napi-rs/canvas");
  for (const file of fontFiles()) library.GlobalFonts.registerFromPath(file, "Arimo");
  return library;
});
