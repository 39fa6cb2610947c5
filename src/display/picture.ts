import type { SKRSContext2D } from "@napi-rs/canvas";
import { canvasLibrary } from "./canvas";
import { formatNumber, neededDigits } from "./numbers";
import { layOutPicture, lineHeight, type PlacedScale, type PlacedTile, type TextBlock } from "./pictureLayout";
import { colourAt, inks, palettes, type Ink, type Theme } from "./style";
import { tilePixels } from "./tile";
import type { Picture } from "./view";

const barWidth = 14;

/** A drawn picture: PNG bytes, and the size at which they are shown, in CSS pixels. */
export interface Drawn {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Draws the tiles, their labels and their scales on one canvas. */
export async function drawPicture(picture: Picture, theme: Theme, scale: number): Promise<Drawn> {
  const { createCanvas, ImageData } = await canvasLibrary();
  const layout = layOutPicture(picture, createCanvas(1, 1).getContext("2d"));
  const canvas = createCanvas(Math.ceil(layout.width * scale), Math.ceil(layout.height * scale));
  const context = canvas.getContext("2d");
  const ink = inks[theme];
  context.scale(scale, scale);
  context.fillStyle = ink.page;
  context.fillRect(0, 0, layout.width, layout.height);
  write(context, layout.title, ink.text);
  for (const tile of layout.tiles) drawTile(tile);
  for (const each of layout.scales) drawScale(context, each, ink);
  write(context, layout.note, ink.faint);
  return { png: await canvas.encode("png"), width: layout.width, height: layout.height };

  function drawTile({ tile, label, x, y, width, height }: PlacedTile): void {
    const [, rows, cols] = tile.shape;
    const source = createCanvas(cols, rows);
    source.getContext("2d").putImageData(new ImageData(tilePixels(tile), cols, rows), 0, 0);
    write(context, label, ink.text);
    context.imageSmoothingEnabled = width * scale < cols; // smooth only when made smaller
    context.drawImage(source, x, y, width, height);
  }
}

/** A colour bar with its ends and middle in numbers. */
function drawScale(context: SKRSContext2D, { x, y, height, range, palette }: PlacedScale, ink: Ink): void {
  const [low, high] = range;
  const gradient = context.createLinearGradient(0, y + height, 0, y);
  const steps = palettes[palette].length - 1;
  palettes[palette].forEach((colour, index) => gradient.addColorStop(index / steps, colour));
  context.fillStyle = low === high ? flat(palette) : gradient;
  context.fillRect(x, y, barWidth, height);
  context.strokeStyle = ink.faint;
  context.lineWidth = 1;
  context.strokeRect(x - 0.5, y - 0.5, barWidth + 1, height + 1);
  const values = low === high ? [low] : [high, (low + high) / 2, low];
  const digits = low === high ? neededDigits(values) : Math.max(0, Math.ceil(1 - Math.log10((high - low) / 2)));
  values.forEach((value, index) => {
    const place = values.length === 1 ? y + height / 2 : y + (index * height) / 2;
    write(context, { lines: [formatNumber(value, digits)], x: x + barWidth + 6, y: place - 9, size: 12 }, ink.text);
  });
}

/** The colour of a scale that has one value only. */
function flat(palette: PlacedScale["palette"]): string {
  return `rgb(${colourAt(palettes[palette], palette === "diverging" ? 0.5 : 0).join(",")})`;
}

function write(context: SKRSContext2D, { lines, x, y, size }: TextBlock, colour: string): void {
  context.font = `${size}px Arimo`;
  context.fillStyle = colour;
  context.textBaseline = "alphabetic";
  lines.forEach((line, index) => context.fillText(line, x, y + size + index * Math.max(lineHeight, size * 1.3)));
}
