import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { packageFolder } from "../core/paths";
import { escapeHtml, escapeScript } from "../display/escape";
import { fontFamily, inks } from "../display/style";
import { loadDecoder } from "../evaluate/privacy/decoder";
import { pageDecoder } from "./pageDecoder";
import type { PageData, PageModels } from "./pageData";

/** The browser holds the page to it: no address but the document itself is ever asked for anything. */
const policy =
  "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:";

/**
 * What every page brings, trained by models/train.mjs on synthetic phantoms, and decoders of one's own.
 *
 * @param own - files that `evaluate.saveDecoder` wrote; they come before ours of the same settings
 * @throws DataError when such a file cannot be read
 */
export function trainedModels(own: readonly string[] = []): PageModels {
  const file = join(packageFolder, "dist", "explore", "models", "models.json");
  const models = JSON.parse(readFileSync(file, "utf8")) as PageModels;
  const loaded = own.map((name) => {
    const decoder = loadDecoder(name);
    return pageDecoder(decoder, `${decoder.images} images (${basename(name)})`);
  });
  return { ...models, decoders: [...loaded, ...models.decoders] };
}

/** The explorer as one HTML document with everything inside. */
export function explorerDocument(data: PageData): string {
  return `<!DOCTYPE html>
<html lang="en" data-theme="system">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>DeepFixCX explorer</title>
<link rel="icon" href="data:,">
<style>:root{${variables()}}
${part("page.css")}</style>
</head>
<body>
<noscript>This page computes everything itself and needs JavaScript to be allowed.</noscript>
<script type="application/json" id="explorer-data">${escapeScript(JSON.stringify(data))}</script>
<script>${part("main.js").replaceAll("</script", "<\\/script")}</script>
</body>
</html>
`;
}

/** The house's colours and fonts. */
function variables(): string {
  const colours = Object.entries(inks).flatMap(([theme, ink]) =>
    Object.entries(ink).map(([name, colour]) => `--${theme}-${name}:${colour}`),
  );
  return [...colours, `--font:${escapeHtml(fontFamily).replaceAll("&quot;", "'")}`].join(";");
}

function part(name: string): string {
  return readFileSync(join(packageFolder, "dist", "explore", "page", name), "utf8");
}
