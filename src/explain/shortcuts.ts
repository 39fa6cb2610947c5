import type { Attribution } from "./attribution";

/**
 * How much an attribution looks as if the model took a shortcut. Each is 1 where the attribution is spread evenly; what
 * is much depends on the data, so that a value is judged beside those of models known to be clean.
 */
export interface ShortcutSigns {
  /** The share of attribution in the corner that has the most, over its share of the patches: marks, letters, collimators. */
  readonly corner: number;
  /** The share in the finest diagonal detail, over its share of the sub-bands: textures of a scanner or a codec. */
  readonly texture: number;
  /**
   * How much the signed attributions of one image's approximation all point the same way, over what random signs would
   * give: brightness and exposure. 0 with the paper's baseline, which has no attribution there.
   */
  readonly brightness: number;
}

/** Along each axis, the part of the image that counts as a corner. */
const cornerShare = 1 / 8;

/** The signs of the usual shortcuts in an attribution; a baseline of the mean image, or of a class, tells all three. */
export function shortcutSigns(attribution: Attribution): ShortcutSigns {
  return {
    corner: cornerSign(attribution),
    texture: textureSign(attribution),
    brightness: brightnessSign(attribution),
  };
}

function cornerSign({ maps, settings: { patchGrid } }: Attribution): number {
  const [rows, cols] = patchGrid;
  const patches = maps[0]?.patches ?? new Float64Array(0);
  const [down, across] = [Math.max(1, Math.round(rows * cornerShare)), Math.max(1, Math.round(cols * cornerShare))];
  const total = patches.reduce((sum, value) => sum + value, 0);
  const sumFrom = (top: number, left: number): number => {
    let sum = 0;
    for (let row = top; row < top + down; row++) {
      for (let col = left; col < left + across; col++) sum += patches[row * cols + col] as number;
    }
    return sum;
  };
  const corners = [0, rows - down].flatMap((top) => [0, cols - across].map((left) => sumFrom(top, left)));
  return Math.max(...corners) / (total || 1) / ((down * across) / (rows * cols));
}

function textureSign({ maps, subBands }: Attribution): number {
  const finest = subBands.flatMap(({ orientation, edgeWidth }, at) =>
    orientation === "diagonal" && edgeWidth === 2 ? [at] : [],
  );
  const share = finest.reduce((sum, at) => sum + (maps[0]?.edges[at] ?? 0), 0);
  return share / (finest.length / subBands.length);
}

/** Random signs of n numbers of magnitude m add up to about m sqrt(n). */
function brightnessSign({ values, shape }: Attribution): number {
  const [images, channels, subBands, rows, cols, poolings] = shape;
  const perBand = rows * cols * poolings;
  const perImage = channels * subBands * perBand;
  let sum = 0;
  for (let image = 0; image < images; image++) {
    let [signed, square] = [0, 0];
    for (let channel = 0; channel < channels; channel++) {
      const start = image * perImage + channel * subBands * perBand;
      for (const value of values.subarray(start, start + perBand)) {
        signed += value;
        square += value * value;
      }
    }
    sum += square === 0 ? 0 : Math.abs(signed) / Math.sqrt(square);
  }
  return sum / images;
}
