import { inspect } from "node:util";
import { reconstruct } from "../compress/reconstruct";
import { compress } from "../compress/compress";
import { plainImage } from "../compress/images";
import { type CompressSettings, type SettingsOptions, toSettings } from "../compress/settings";
import { OptionError, ShapeError } from "../core/errors";
import { checkImages, type Images } from "../core/images";
import { checkOptions } from "../core/options";
import { displaySymbol, type Shown } from "../display/show";
import type { Picture, Tile } from "../display/view";
import { explorerBundle } from "./cell";
import { explorerDocument, trainedModels } from "./document";
import { allowed, checkCount, shortestSide, type SomeWishes, startWith } from "./fit";
import { inlineImages } from "./inline";
import { chestSamples, sampleImages } from "./samples";

/** Options of {@link explore}: the settings that the page starts with, and who is told when a slider moves. */
export interface ExploreOptions extends Partial<SettingsOptions> {
  /**
   * Called with the settings whenever they change in the page. Works in JupyterLab with ipywidgets and anywidget, on our
   * kernel; elsewhere the page works by itself and this is never called.
   */
  readonly onChange?: (settings: CompressSettings) => void;
}

/** A page to see the trade-off with one's own hands; an interactive cell when it is a cell's last value. */
export interface Explorer {
  readonly kind: "explorer";
  /** The page: one HTML document that needs no network, to be written to a file. */
  readonly html: string;
  /** Ids of the images in it. */
  readonly ids: readonly string[];
  /** The settings that were chosen last in the page, where it can tell; else those it started with. */
  readonly settings: CompressSettings;
}

const where = "explore";
const optionNames = { level: true, patchGrid: true, wavelet: true, pooling: true, onChange: true } as const;

/**
 * Makes the explorer: sliders for level, patch grid, wavelet and pooling over what they keep and hide of an image, all
 * computed in the page by the library's own kernel.
 *
 * @param images - grey or RGB; default: synthetic phantoms. 8-bit images enter the page as they are, others at 16 bits
 * @param options - default: (2, 19), haar and l1, or the nearest that the images allow
 * @throws OptionError when an option is not known, a setting is not allowed, the level is above 8, the patch grid is not
 * square, there is more than one pooling, or there are more than 200 images
 * @throws ShapeError when images have neither one nor three channels, or sides below 8, or do not allow the level or the
 * patch grid
 */
export async function explore(images?: Images, options: ExploreOptions = {}): Promise<Explorer & Shown> {
  checkOptions<ExploreOptions>(where, options, optionNames);
  const { onChange } = options;
  if (images !== undefined) checkUsable(images);
  const shape = images === undefined ? ([1, 320, 320] as const) : imageShape(images);
  const start = startWith(askedFor(options), shape);
  let settings = allowed(start, shape);
  const inlined = images === undefined ? await sampleImages() : await inlineImages(images, images.ids, "");
  const html = explorerDocument({ images: inlined, start, models: trainedModels() });
  const view = async (): Promise<Picture> => staticPicture(images ?? (await chestSamples()), settings);
  const explorer: Explorer = {
    kind: "explorer",
    html,
    ids: inlined.map(({ id }) => id),
    get settings() {
      return settings;
    },
  };
  const summary = (): string =>
    `Explorer of ${inlined.length} images, ${(html.length / 2 ** 20).toFixed(1)} MB of HTML`;
  const listener = (chosen: SettingsOptions): void => onChange?.((settings = toSettings(chosen, where)));
  const hidden = (method: unknown): PropertyDescriptor => ({ value: method, enumerable: false });
  Object.defineProperties(explorer, {
    view: hidden(view),
    [inspect.custom]: hidden(summary),
    [displaySymbol]: hidden(async () => ({
      ...(await explorerBundle(html, await view(), onChange === undefined ? undefined : listener)),
      "text/plain": summary(),
    })),
  });
  return Object.freeze(explorer) as Explorer & Shown;
}

/** What a person asks for, in the page's terms: its sliders know square patch grids and one pooling. */
function askedFor({ level, patchGrid, wavelet, pooling = "l1" }: ExploreOptions): SomeWishes {
  const whole = toSettings({ level: level ?? 1, patchGrid: patchGrid ?? 1, pooling }, where);
  const [rows, cols] = whole.patchGrid;
  if (rows !== cols) {
    throw new OptionError({
      where,
      required: "a square patchGrid, as the page's slider has it",
      got: `${rows}x${cols}`,
    });
  }
  const [only, ...more] = whole.pooling;
  if (more.length > 0) throw new OptionError({ where, required: "one pooling", got: whole.pooling.join(", ") });
  return { level, patchGrid: patchGrid === undefined ? undefined : rows, wavelet, pooling: only };
}

function checkUsable(images: Images): void {
  checkImages(images, where);
  const [count, channels, rows, cols] = images.shape;
  checkCount(count);
  if (count >= 1 && (channels === 1 || channels === 3) && Math.min(rows, cols) >= shortestSide) return;
  const required = `at least one image, [image, 1 or 3 channels, row, col], with sides of at least ${shortestSide}`;
  throw new ShapeError({ where, required, got: `[${images.shape.join(", ")}]` });
}

function imageShape({ shape: [, channels, rows, cols] }: Images): readonly [number, number, number] {
  return [channels, rows, cols];
}

const mostShown = 3;

/** What a viewer without scripts shows: the first images and what the settings make of them. */
async function staticPicture(images: Images, settings: CompressSettings): Promise<Picture> {
  const [, channels, rows, cols] = images.shape;
  const ids = images.ids.slice(0, mostShown);
  const pixels = images.pixels.subarray(0, ids.length * channels * rows * cols);
  const few: Images = { pixels, shape: [ids.length, channels, rows, cols], ids };
  const rebuilt = await reconstruct(await compress(few, settings));
  const { level, patchGrid } = settings;
  return {
    kind: "picture",
    title: `The explorer, at J = ${level}, P = ${patchGrid[0]}`,
    alt: `Images beside what the paper's inverse rebuilds of them at level ${level} with ${patchGrid[0]} patches an axis`,
    tiles: ids.flatMap((id, image) => [tile(id, few, image), tile("privatized", rebuilt, image)]),
    columns: 2 * ids.length,
    note: "Open the notebook where scripts are allowed, or write the page to a file, to move the sliders.",
  };
}

function tile(label: string, images: Images, image: number): Tile {
  const { values, shape } = plainImage(images, image);
  return {
    label,
    values: Float32Array.from(values),
    shape: [shape[0], shape[1], shape[2]],
    range: [0, 1],
    palette: "grey",
  };
}
