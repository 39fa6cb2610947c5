import { sharp } from "../core/packages";
import { figureSize } from "./figure";
import { once } from "./once";
import { drawPicture, type Drawn } from "./picture";
import { figureSvg } from "./plot";
import { fontFiles } from "./fonts";
import type { Theme } from "./style";
import type { Figure, Picture } from "./view";

/** How a static picture is drawn. */
export interface PngOptions {
  /** Default `"light"`. */
  readonly theme?: Theme;
  /** Pixels of the PNG per CSS pixel; default 2, which stays sharp on dense screens. */
  readonly scale?: number;
}

/** The bytes of a PNG file of a figure or picture, drawn without a browser, the same on every machine. */
export async function toPng(
  view: Figure | Picture,
  { theme = "light", scale = 2 }: PngOptions = {},
): Promise<Uint8Array> {
  return (await (await layOut(view, theme))(scale)).png;
}

/** Lays a figure out, which takes most of the time; what it returns draws it at any number of pixels per CSS pixel. */
export async function layOut(
  view: Figure | Picture,
  theme: Theme = "light",
): Promise<(scale: number) => Promise<Drawn>> {
  if (view.kind === "picture") return (scale) => drawPicture(view, theme, scale);
  const svg = await figureSvg(view, theme);
  return async (scale) => ({ png: await svgToPng(svg, scale), ...figureSize(view) });
}

/** sharp, whose SVG renderer has been told of our font: drawing any text from a font file makes that file known. */
const sharpWithFonts = once(async () => {
  const draw = sharp();
  for (const fontfile of fontFiles()) {
    await draw({ text: { text: "a", font: "Arimo", fontfile } })
      .raw()
      .toBuffer();
  }
  return draw;
});

/** An SVG document as a PNG of at most 256 colours, a third of the size of one with all. */
async function svgToPng(svg: string, scale: number): Promise<Uint8Array> {
  const draw = await sharpWithFonts();
  return draw(Buffer.from(svg), { density: 72 * scale })
    .png({ palette: true, dither: 0 })
    .toBuffer();
}
