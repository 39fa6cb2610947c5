import type { SKRSContext2D } from "@napi-rs/canvas";
import { formatNumber } from "./numbers";
import { fontSize, titleSize } from "./style";
import { hasNotANumber } from "./tile";
import type { Picture, Tile } from "./view";

const pageWidth = 960;
const gap = 12;
export const margin = 16;
export const lineHeight = 18;
/** A colour bar, its numbers and the space before it. */
export const scaleWidth = 84;
const scaleHeight = 160;

/** One scale of a picture, printed beside the tiles that share it. */
export type Scale = Pick<Tile, "range" | "palette">;

/** Lines of text and where the first one's top stands. */
export interface TextBlock {
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** A tile and the rectangle it fills. */
export interface PlacedTile {
  readonly tile: Tile;
  readonly label: TextBlock;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A colour bar and where it stands. */
export interface PlacedScale extends Scale {
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/** Where everything of a picture stands, in CSS pixels. */
export interface PictureLayout {
  readonly width: number;
  readonly height: number;
  readonly title: TextBlock;
  readonly tiles: readonly PlacedTile[];
  readonly scales: readonly PlacedScale[];
  readonly note: TextBlock;
}

/** Lays a picture out: title, rows of tiles with their labels above them, colour bars to the right, note below. */
export function layOutPicture(picture: Picture, ruler: SKRSContext2D): PictureLayout {
  const scales = distinctScales(picture.tiles);
  const cellWidth = Math.max(0, ...picture.tiles.map((tile) => enlargedWidth(tile, picture)));
  const columns = columnsOf(picture, cellWidth, scales.length);
  const tilesWidth = Math.min(columns, picture.tiles.length) * (cellWidth + gap);
  const width = Math.max(2 * margin + tilesWidth + scales.length * scaleWidth, 320);
  const block = (text: string | undefined, size: number, y: number): TextBlock => {
    return { lines: wrap(text ?? "", size, width - 2 * margin, ruler), x: margin, y, size };
  };
  const title = block(picture.title, titleSize, margin);
  const top = margin + title.lines.length * titleSize * 1.3 + gap / 2;
  const { tiles, bottom } = placeTiles(picture, scales, { top, cellWidth, columns, ruler });
  const scaleTop = tiles[0]?.y ?? top;
  const height = Math.min(scaleHeight, Math.max(bottom - scaleTop, 90));
  const placedScales = scales.map((scale, index) => {
    return { ...scale, x: margin + tilesWidth + gap + index * scaleWidth, y: scaleTop, height };
  });
  const note = block(noteOf(picture), fontSize, Math.max(bottom, scales.length === 0 ? 0 : scaleTop + height) + gap);
  return { width, height: note.y + note.lines.length * lineHeight + 4, title, tiles, scales: placedScales, note };
}

interface Grid {
  readonly top: number;
  readonly cellWidth: number;
  readonly columns: number;
  readonly ruler: SKRSContext2D;
}

function placeTiles(
  picture: Picture,
  scales: readonly Scale[],
  { top, cellWidth, columns, ruler }: Grid,
): { readonly tiles: readonly PlacedTile[]; readonly bottom: number } {
  const tiles: PlacedTile[] = [];
  let bottom = top - gap;
  for (let start = 0; start < picture.tiles.length; start += columns) {
    const row = picture.tiles.slice(start, start + columns);
    const labels = row.map((tile) => wrap(labelOf(tile, scales), fontSize, cellWidth, ruler));
    const labelTop = bottom + gap;
    const y = labelTop + Math.max(...labels.map((lines) => lines.length)) * lineHeight + 2;
    const placed = row.map((tile, column): PlacedTile => {
      const x = margin + column * (cellWidth + gap);
      const label = { lines: labels[column] ?? [], x, y: labelTop, size: fontSize };
      const [, rows, cols] = tile.shape;
      return { tile, label, x, y, width: cellWidth, height: (rows * cellWidth) / cols };
    });
    tiles.push(...placed);
    bottom = y + Math.max(...placed.map(({ height }) => height));
  }
  return { tiles, bottom };
}

/** A whole factor, so that the pixels of the largest image are even; other tiles are drawn as wide, to be compared. */
function enlargedWidth({ shape: [, , cols] }: Tile, { tileWidth = 160 }: Picture): number {
  return Math.min(cols * Math.ceil(tileWidth / cols), pageWidth);
}

function columnsOf({ columns }: Picture, cellWidth: number, scales: number): number {
  return columns ?? Math.max(1, Math.floor((pageWidth - scales * scaleWidth) / (cellWidth + gap)));
}

/** The scales of the tiles, each once; colour images have none. */
function distinctScales(tiles: readonly Tile[]): readonly Scale[] {
  const scales = new Map<string, Scale>();
  for (const { range, palette, shape } of tiles) {
    if (shape[0] === 1) scales.set(`${palette} ${range.join(" ")}`, { range, palette });
  }
  return [...scales.values()];
}

/** A tile's label; with its range where one palette stands for several, or else nobody could tell which is its. */
function labelOf({ label, palette, range, shape }: Tile, scales: readonly Scale[]): string {
  const ambiguous = shape[0] === 1 && scales.filter((scale) => scale.palette === palette).length > 1;
  return ambiguous ? `${label} (${range.map((end) => formatNumber(end)).join(" to ")})` : label;
}

function noteOf({ note, tiles }: Picture): string {
  const missing = tiles.some(hasNotANumber) ? "Pink: not a number." : "";
  return [note ?? "", missing].filter((sentence) => sentence !== "").join(" ");
}

/** Text in lines no wider than `width`; a path is broken after its slashes, and a part that is wider loses its middle. */
function wrap(text: string, size: number, width: number, ruler: SKRSContext2D): readonly string[] {
  ruler.font = `${size}px Arimo`;
  const fits = (line: string): boolean => ruler.measureText(line).width <= width;
  const lines: string[] = [];
  const add = (part: string, space: string): void => {
    const longer = lines.length === 0 ? part : `${lines[lines.length - 1]}${space}${part}`;
    if (lines.length > 0 && fits(longer)) lines[lines.length - 1] = longer;
    else lines.push(shortened(part, fits));
  };
  for (const word of text.split(" ").filter((part) => part !== "")) {
    const [first = word, ...others] = fits(word) ? [word] : word.split(/(?<=\/)/);
    add(first, " ");
    for (const part of others) add(part, "");
  }
  return lines;
}

/** The longest start and end of a word, equally long, that fit with an ellipsis between them. */
function shortened(word: string, fits: (line: string) => boolean): string {
  const letters = Array.from(word);
  let [line, kept] = [word, letters.length];
  while (kept > 2 && !fits(line)) {
    kept--;
    line = `${letters.slice(0, Math.ceil(kept / 2)).join("")}…${letters.slice(letters.length - Math.floor(kept / 2)).join("")}`;
  }
  return line;
}
