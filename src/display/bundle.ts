import type { MimeBundle } from "../core/host";
import { hasFigure, toHtml } from "./html";
import { libraryScriptOnce } from "./interactive";
import { toPng } from "./png";
import { toText } from "./text";
import type { View } from "./view";

/**
 * The MIME bundle of a view: HTML, PNG where the view is one figure or picture, and text. The first figure that a
 * process shows carries the library for interactive figures, half a megabyte; later ones use it.
 */
export async function toBundle(view: View): Promise<MimeBundle> {
  const text = { "text/plain": toText(view) };
  const html = { "text/html": (await toHtml(view)) + (hasFigure(view) ? await libraryScriptOnce() : "") };
  if (view.kind !== "figure" && view.kind !== "picture") return { ...html, ...text };
  // For viewers that take no HTML; without its size beside it a picture of more pixels would be shown too large.
  const png = await toPng(view, { scale: 1 });
  return { ...html, "image/png": Buffer.from(png).toString("base64"), ...text };
}
