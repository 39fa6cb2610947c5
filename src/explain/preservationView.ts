import type { Images } from "../core/images";
import { compressImage, type PlainImage, reconstructImage } from "../compress/definition";
import { plainImage } from "../compress/images";
import type { CompressSettings, ImageShape } from "../compress/settings";
import { categorical } from "../display/style";
import type { Figure, Page, Picture, Table, Tile } from "../display/view";
import { chart } from "./chart";
import type { Preservation } from "./preservation";
import { type ContrastKept, enoughContrast } from "./transfer";

/** A page: words, numbers, a test chart before and after, and curves. */
export function preservationView(preservation: Preservation, images: Images | undefined): Page {
  const { settings, contrast, subBands } = preservation;
  const { wavelet, level, patchGrid, pooling } = settings;
  return {
    kind: "page",
    title: `What ${wavelet}, J=${level}, P=${patchGrid.join("x")}, ${pooling.join(" ")} keeps`,
    views: [
      wordsTable(preservation),
      numbersTable(preservation),
      ...(contrast.col.length === 0 ? [] : [pictures(preservation, images), contrastFigure(preservation)]),
      ...(subBands[0]?.share === undefined ? [] : [energyFigure(preservation, images?.ids.length ?? 0)]),
    ],
  };
}

function wordsTable({ preserved, obscured, removed }: Preservation): Table {
  const rows = (name: string, sentences: readonly string[]): string[][] =>
    sentences.map((sentence, at) => [at === 0 ? name : "", sentence]);
  return {
    kind: "table",
    columns: [{ name: "" }, { name: "what becomes of the image" }],
    rows: [...rows("preserved", preserved), ...rows("obscured", obscured), ...rows("removed", removed)],
    note: "This tells what the numbers hold. What an attacker rebuilds from them is measured by evaluate.privacy.",
  };
}

function numbersTable({
  imageShape,
  numbers,
  inMemoryRatio,
  compresses,
  patchPixels,
  pixelsPerNumber,
  smallestFeature,
  subBands,
}: Preservation): Table {
  const [rows, cols] = smallestFeature;
  return {
    kind: "table",
    columns: [{ name: "number" }, { name: "value" }],
    rows: [
      ["image [channel, row, col]", imageShape.join(" x ")],
      ["numbers an image", numbers],
      ["in-memory ratio", `${inMemoryRatio.toPrecision(3)} %${compresses ? "" : " (does not compress)"}`],
      ["sub-bands (scales and orientations)", subBands.length],
      ["patch: places are known to", `${patchPixels.join(" x ")} pixels`],
      ["pixels that share a number", pixelsPerNumber],
      ["narrowest bars kept, down", rows === undefined ? "none" : `${rows.toPrecision(3)} pixels`],
      ["narrowest bars kept, across", cols === undefined ? "none" : `${cols.toPrecision(3)} pixels`],
    ],
    note: `Bars count as kept when they and all wider ones keep ${100 * enoughContrast} % of their contrast, in place.`,
  };
}

function pictures({ settings, imageShape }: Preservation, images: Images | undefined): Picture {
  const [, rows, cols] = imageShape;
  const test = chart(rows, cols);
  const pair = (image: PlainImage, name: string): Tile[] => [
    tile(`${name}, before`, image),
    tile(`${name}, after`, rebuilt(image, settings)),
  ];
  const first = images === undefined ? [] : pair(plainImage(images, 0), `image ${images.ids[0]}`);
  return {
    kind: "picture",
    title: "Before compression, and what the reconstruction shows",
    alt: "A synthetic test chart of bars of growing width and its reconstruction from the embedding",
    columns: 2,
    tileWidth: 300,
    tiles: [...pair(test, "test chart"), ...first],
    note: "The chart is synthetic: bars 1, 2, 4, ... pixels wide from left to right; vertical, horizontal and diagonal from top to bottom. Black is 0, white is 1; beyond is clamped.",
  };
}

function rebuilt(image: PlainImage, settings: CompressSettings): PlainImage {
  const pooling = settings.pooling.filter((name) => name === "l1" || name === "sum").slice(0, 1);
  const single = { ...settings, pooling };
  return reconstructImage(compressImage(image, single), single, image.shape);
}

function tile(label: string, { values, shape }: PlainImage): Tile {
  const channels = shape[0] === 3 ? 3 : 1;
  const drawn: ImageShape = [channels, shape[1], shape[2]];
  const size = channels * shape[1] * shape[2];
  return { label, values: Float32Array.from(values.subarray(0, size)), shape: drawn, range: [0, 1], palette: "grey" };
}

function contrastFigure({ contrast, patchPixels }: Preservation): Figure {
  const line = (name: string, points: readonly ContrastKept[], at: number, dash: string): Figure["traces"][number] => ({
    type: "scatter",
    mode: "lines+markers",
    name,
    x: points.map(({ barWidth }) => barWidth),
    y: points.map(({ kept }) => kept),
    line: { color: categorical[at], dash },
  });
  const widest = Math.max(...[...contrast.col, ...contrast.row].map(({ barWidth }) => barWidth));
  const half: Figure["traces"][number] = {
    type: "scatter",
    mode: "lines",
    name: `${100 * enoughContrast} %: counts as kept`,
    x: [1, widest],
    y: [enoughContrast, enoughContrast],
    line: { color: "#8a8a8a", dash: "dot", width: 1 },
  };
  return {
    kind: "figure",
    title: `Bars narrower than a patch of ${patchPixels.join("x")} pixels lose their contrast`,
    alt: "Share of contrast that comes back, against the width of bars, across and down",
    traces: [
      line("across (vertical bars)", contrast.col, 0, "solid"),
      line("down (horizontal bars)", contrast.row, 1, "dash"),
      half,
    ],
    layout: {
      xaxis: { title: { text: "width of a bar (pixels)" }, type: "log", dtick: Math.log10(2) },
      yaxis: { title: { text: "share of contrast kept in place" }, rangemode: "tozero" },
    },
  };
}

function energyFigure({ subBands }: Preservation, images: number): Figure {
  const details = subBands.slice(1);
  const approximation = subBands[0]?.share ?? 0;
  const bar = (name: string, y: readonly number[], at: number): Figure["traces"][number] => ({
    type: "bar",
    name,
    x: details.map(({ path }) => path),
    y,
    marker: { color: categorical[at] },
  });
  const kept = details.map(({ detailShare = 0, evenness = 0 }) => detailShare * evenness);
  const lost = details.map(({ detailShare = 0 }, at) => detailShare - (kept[at] as number));
  return {
    kind: "figure",
    title: `Outside ${subBands[0]?.path} lies ${(100 * (1 - approximation)).toPrecision(2)} % of the energy, shared so`,
    alt: "Share of the energy of detail in every sub-band, split into what even patches keep and what unevenness loses",
    traces: [bar("kept by the patches", kept, 0), bar("lost by evening out", lost, 5)],
    layout: {
      barmode: "stack",
      xaxis: {
        title: { text: `sub-band (path, first level first); ${images} image${images === 1 ? "" : "s"}` },
        type: "category",
      },
      yaxis: { title: { text: "share of the energy of detail" } },
    },
    width: details.length > 20 ? 960 : 640,
  };
}
