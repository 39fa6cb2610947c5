import type { SettingsOptions } from "../compress/settings";
import type { MimeBundle } from "../core/host";
import { escapeScript } from "../display/escape";
import { drawnHtml } from "../display/html";
import { layOut } from "../display/png";
import type { Picture } from "../display/view";

const heightPx = 900;
/** The page runs in a frame of its own origin: it sees nothing of the notebook. */
const sandbox = "allow-scripts allow-downloads";

/** The parts of the kernel's `anywidget` that a cell of the explorer needs. */
type MakeWidget = (options: { readonly esm: string; readonly state: Readonly<Record<string, unknown>> }) => {
  on(event: string, listener: (value: unknown) => void): void;
} & Readonly<Record<symbol, () => MimeBundle>>;

/**
 * The explorer in a notebook: a frame that a script opens, and the static picture where scripts are not allowed. With a
 * listener, in front ends that know anywidget, a widget takes the frame's place and hands the settings back.
 */
export async function explorerBundle(
  html: string,
  picture: Picture,
  listener: ((settings: SettingsOptions) => void) | undefined,
): Promise<MimeBundle> {
  const draw = await layOut(picture);
  const bundle: MimeBundle = {
    "text/html": `<div>${drawnHtml(picture, await draw(2))}<script>(${openFrame})(document.currentScript, ${escapeScript(JSON.stringify(html))}, "${sandbox}", ${heightPx})</script></div>`,
    "image/png": Buffer.from((await draw(1)).png).toString("base64"),
  };
  const widget = listener === undefined ? undefined : openWidget(html, listener);
  return widget === undefined ? bundle : { ...widget[Symbol.for("Jupyter.display")]?.(), ...bundle };
}

/** Runs in the browser, so it is kept as text: puts a frame with the page in the place of the static picture. */
const openFrame = `(script, html, sandbox, height) => {
  const frame = document.createElement("iframe");
  Object.assign(frame, { title: "DeepFixCX explorer", srcdoc: html });
  frame.setAttribute("sandbox", sandbox);
  frame.style.cssText = "display:block;width:100%;border:0;height:" + height + "px";
  script.parentElement.replaceChildren(frame);
}`;

/** The page's side of the widget: the same frame, whose messages become the widget's state. */
const widgetModule = `export default {
  render({ model, el }) {
    const script = el.appendChild(document.createElement("span"));
    (${openFrame})(script, model.get("html"), "${sandbox}", ${heightPx});
    const frame = el.querySelector("iframe");
    const listen = ({ source, data }) => {
      if (source === frame.contentWindow && data?.deepfixcx) model.send(data.deepfixcx);
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  },
};`;

function openWidget(html: string, listener: (settings: SettingsOptions) => void): ReturnType<MakeWidget> | undefined {
  const { anywidget } = globalThis as { readonly anywidget?: MakeWidget };
  const widget = anywidget?.({ esm: widgetModule, state: { html } });
  widget?.on("msg:custom", (settings) => listener(settings as SettingsOptions));
  return widget;
}
