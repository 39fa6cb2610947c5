import type { Images, Rejected } from "../core/images";
import type { Page, Picture, Table, Tile } from "../display/view";
import type { Embedding } from "./embedding";
import { pixelScale } from "./images";
import {
  type CompressSettings,
  type ImageShape,
  inMemoryRatio,
  nestedPlace,
  patchLayout,
  subBandPaths,
} from "./settings";

const mostImages = 12;
const mostRejected = 10;
const deepestLabelled = 2; // 16 sub-bands still have room for a label each

/** The first images of a batch on one grey scale. */
export function viewImages(images: Images): Picture {
  const { shape, ids } = images;
  const shown = Math.min(shape[0], mostImages);
  const rest = shape[0] > shown ? `, the first ${shown} of ${shape[0]}` : "";
  const scale = pixelScale(images);
  return {
    kind: "picture",
    title: `Images of ${shape[2]}x${shape[3]} pixels${rest}`,
    alt: `${shown} images: ${ids.slice(0, shown).join(", ")}`,
    tiles: ids.slice(0, shown).map((id, image) => imageTile(images, image, id, scale)),
    note: `Black is 0, white is ${scale}.`,
  };
}

function imageTile({ pixels, shape: [, ...shape] }: Images, image: number, label: string, scale: number): Tile {
  const size = shape[0] * shape[1] * shape[2];
  const values = Float32Array.from(pixels.subarray(image * size, (image + 1) * size));
  // A picture is grey or RGB; of any other number of channels the first is drawn.
  const drawn = shape[0] === 3 ? 3 : 1;
  return {
    label,
    values: values.subarray(0, drawn * shape[1] * shape[2]),
    shape: [drawn, shape[1], shape[2]],
    range: [0, scale],
    palette: "grey",
  };
}

/** What the settings of an embedding mean, and the sub-bands of its first image. */
export function viewEmbedding(embedding: Embedding): Page {
  const { ids, rejected = [] } = embedding;
  return {
    kind: "page",
    views: [
      settingsTable(embedding),
      ...(rejected.length === 0 ? [] : [rejectedTable(rejected)]),
      ...(ids.length === 0 ? [] : [subBandPicture(embedding)]),
    ],
  };
}

function rejectedTable(rejected: readonly Rejected[]): Table {
  const rest = rejected.length > mostRejected ? ` The first ${mostRejected}; all are in \`rejected\`.` : "";
  return {
    kind: "table",
    title: `Left out: ${rejected.length} that could not be read`,
    columns: [{ name: "image" }, { name: "reason" }],
    rows: rejected.slice(0, mostRejected).map(({ id, reason }) => [id, reason]),
    note: `What follows is of the other images.${rest}`,
  };
}

function settingsTable({ ids, settings, imageShape, shape }: Embedding): Table {
  const layout = patchLayout(settings, imageShape);
  const numbers = shape.slice(1).reduce((product, side) => product * side, 1);
  return {
    kind: "table",
    title: `Embedding of ${ids.length} images`,
    columns: [{ name: "setting" }, { name: "value" }],
    rows: [
      ["image [channel, row, col]", imageShape.join(" x ")],
      ["wavelet", settings.wavelet],
      ["level J", settings.level],
      ["sub-bands (4^J) a channel", `${shape[2]} of ${layout.subBand.join(" x ")} coefficients`],
      ["patch grid P", `${settings.patchGrid.join(" x ")} patches of ${layout.patch.join(" x ")} coefficients`],
      ["pooling", settings.pooling.join(", ")],
      ["numbers an image", numbers],
      ["in-memory ratio", `${inMemoryRatio(settings, imageShape).toPrecision(3)} %`],
    ],
  };
}

/** The approximation on a scale of its own, since it is far larger, and all details on one shared scale. */
function subBandPicture(embedding: Embedding): Picture {
  const { settings, ids, shape } = embedding;
  const [pooling] = settings.pooling;
  const [approximation, ...details] = subBandPaths(settings.level).map((path, at) => bandTile(embedding, path, at));
  const range = sharedRange(details);
  const labelled = settings.level <= deepestLabelled;
  const shared = details.map((tile) => ({ ...tile, range }));
  const size = [settings.patchGrid[0], settings.patchGrid[1]] as const;
  return {
    kind: "picture",
    title: `Sub-bands of ${ids[0]}, ${pooling} of every patch`,
    alt: `The ${shape[2]} pooled sub-bands of one image: the approximation, then details by scale and orientation`,
    tiles: [approximation as Tile, ...(labelled ? shared : [mosaic(shared, settings, size)])],
    ...(labelled ? { columns: 2 ** settings.level, tileWidth: 120 } : { tileWidth: 320 }),
    note: `${(approximation as Tile).label} from ${rangeText(approximation as Tile)}, every other sub-band from ${rangeText({ range })}.${
      labelled ? "" : " In the mosaic every node's children lie as A V over H D, first level outermost."
    }${shape[1] > 1 ? ` Channel 1 of ${shape[1]}.` : ""}`,
  };
}

function rangeText({ range }: Pick<Tile, "range">): string {
  return range.map((end) => end.toPrecision(3)).join(" to ");
}

/** One pooled sub-band of the first image's first channel, first pooling. */
function bandTile({ values, settings }: Embedding, label: string, subBand: number): Tile {
  const [rows, cols] = settings.patchGrid;
  const step = settings.pooling.length;
  const plane = Float32Array.from({ length: rows * cols }, (_, at) => values[(subBand * rows * cols + at) * step] ?? 0);
  return { label, ...drawn(plane, [1, rows, cols]) };
}

function drawn(values: Float32Array, shape: ImageShape): Omit<Tile, "label"> {
  const range = sharedRange([{ values }]);
  return { values, shape, range, palette: range[0] < 0 ? "diverging" : "sequential" };
}

/** From 0 to the largest value, or as far on both sides of 0 where there are negative ones. */
function sharedRange(tiles: readonly Pick<Tile, "values">[]): readonly [low: number, high: number] {
  let largest = 0;
  let signed = false;
  for (const { values } of tiles) {
    for (const value of values) {
      largest = Math.max(largest, Math.abs(value));
      signed ||= value < 0;
    }
  }
  return [signed ? -largest : 0, largest];
}

/** All details in one tile, laid out as the transform nests them; the approximation's place stays empty. */
function mosaic(details: readonly Tile[], { level }: CompressSettings, [rows, cols]: readonly [number, number]): Tile {
  const side = 2 ** level;
  const values = new Float32Array(rows * side * cols * side);
  details.forEach((tile, at) => {
    const [top, left] = nestedPlace(at + 1, level);
    for (let row = 0; row < rows; row++) {
      values.set(tile.values.subarray(row * cols, (row + 1) * cols), (top * rows + row) * side * cols + left * cols);
    }
  });
  const { range } = details[0] as Tile;
  return { label: `details, ${details.length} sub-bands`, ...drawn(values, [1, rows * side, cols * side]), range };
}
