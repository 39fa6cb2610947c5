import type { MimeBundle } from "../core/host";
import { drawnHtml, hasFigure, toHtml } from "./html";
import { libraryScriptOnce } from "./interactive";
import { layOut } from "./png";
import { toText } from "./text";
import type { View } from "./view";

/**
 * The MIME bundle of a view: HTML, PNG where the view is one figure or picture, and text. The first figure that a
 * process shows carries the library for interactive figures, half a megabyte; later ones use it.
 */
export async function toBundle(view: View): Promise<MimeBundle> {
  const text = { "text/plain": toText(view) };
  if (view.kind !== "figure" && view.kind !== "picture")
    return { "text/html": await withLibrary(view, await toHtml(view)), ...text };
  const draw = await layOut(view);
  const html = await withLibrary(view, drawnHtml(view, await draw(2)));
  // For viewers that take no HTML; without its size beside it a picture of more pixels would be shown too large.
  const { png } = await draw(1);
  return { "text/html": html, "image/png": Buffer.from(png).toString("base64"), ...text };
}

async function withLibrary(view: View, html: string): Promise<string> {
  return hasFigure(view) ? html + (await libraryScriptOnce()) : html;
}
