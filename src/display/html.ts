import { escapeHtml } from "./escape";
import { figureId, figureScript, libraryScript } from "./interactive";
import { layOut } from "./png";
import type { Drawn } from "./picture";
import { fontFamily, inks } from "./style";
import { tableHtml } from "./table";
import type { Figure, Picture, View } from "./view";

/**
 * A view as an HTML fragment. A figure is a static picture and a script that makes it interactive once Plotly is in the
 * page, as in {@link toDocument} and in notebooks.
 */
export async function toHtml(view: View): Promise<string> {
  switch (view.kind) {
    case "figure":
    case "picture":
      return drawnHtml(view, await (await layOut(view))(2));
    case "table":
      return tableHtml(view);
    case "note":
      return view.text
        .split(/\n{2,}/)
        .map((paragraph) => `<p style="max-width:45em;margin:0.5em 0">${escapeHtml(paragraph)}</p>`)
        .join("\n");
    case "page":
      return [...heading(view.title), ...(await eachHtml(view.views))].join("\n");
  }
}

/** What a document is called. */
export interface DocumentOptions {
  readonly title: string;
}

/** Views as one HTML page that needs no network: everything is inside, the library for interactive figures once. */
export async function toDocument(views: readonly View[], { title }: DocumentOptions): Promise<string> {
  const body = await eachHtml(views);
  return `<!DOCTYPE html>
<html lang="en" data-theme="system">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>
body { font: 15px/1.5 ${fontFamily}; max-width: 1250px; margin: 2em auto; padding: 0 1em; color: ${inks.light.text}; background: ${inks.light.page}; }
@media (prefers-color-scheme: dark) { body { color: ${inks.dark.text}; background: ${inks.dark.page}; } }
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body.join("\n")}
${views.some(hasFigure) ? await libraryScript() : ""}
</body>
</html>
`;
}

/** True where a view holds a figure, itself or in its pages. */
export function hasFigure(view: View): boolean {
  return view.kind === "figure" || (view.kind === "page" && view.views.some(hasFigure));
}

/** One after the other: drawing several at once gains nothing on one thread. */
async function eachHtml(views: readonly View[]): Promise<readonly string[]> {
  const parts: string[] = [];
  for (const view of views) parts.push(await toHtml(view));
  return parts;
}

/** A drawn figure or picture as an HTML fragment; a figure with the script that makes it interactive. */
export function drawnHtml(view: Figure | Picture, { png, width }: Drawn): string {
  const source = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
  const image = `<img src="${source}" alt="${escapeHtml(view.alt)}" width="${Math.round(width)}" style="max-width:100%;height:auto;border-radius:4px">`;
  return view.kind === "picture" ? image : `<div data-figure="${figureId(view)}">${image}${figureScript(view)}</div>`;
}

function heading(title: string | undefined): readonly string[] {
  return title === undefined ? [] : [`<h3>${escapeHtml(title)}</h3>`];
}
