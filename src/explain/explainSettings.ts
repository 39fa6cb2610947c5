import { DataError, ShapeError } from "../core/errors";
import { checkOptions } from "../core/options";
import { checkImages, type Images } from "../core/images";
import {
  checkFit,
  doesCompress,
  embeddingSize,
  type ImageShape,
  inMemoryRatio,
  patchLayout,
  settingsNames,
  type SettingsOptions,
  toSettings,
} from "../compress/settings";
import { type Shown, showAs } from "../display/show";
import { subBandsOf } from "./bands";
import { subBandEnergies } from "./energy";
import type { Preservation, PreservationOptions } from "./preservation";
import { preservationView } from "./preservationView";
import { contrastKept, narrowestKept } from "./transfer";
import { inWords } from "./words";

const where = "explain";

/**
 * What compressing with these settings keeps, obscures and removes. It speaks of the reconstruction and of the numbers
 * themselves, not of what an attack can rebuild from them: `evaluate.privacy` measures that.
 *
 * @throws OptionError when a setting is not allowed
 * @throws ShapeError when images of this shape cannot be compressed so, or the images are of another shape
 */
export function explainSettings(settingsOptions: SettingsOptions, options: PreservationOptions): Preservation & Shown {
  const settings = toSettings(settingsOptions, where, settingsNames);
  checkOptions(where, options, { imageShape: true, images: true });
  const { imageShape, images } = options;
  checkFit(settings, imageShape, where);
  if (images !== undefined) checkSameShape(images, imageShape);
  const { patch } = patchLayout(settings, imageShape);
  const patchPixels = [patch[0] * 2 ** settings.level, patch[1] * 2 ** settings.level] as const;
  const rebuilds = settings.pooling.includes("l1") || settings.pooling.includes("sum");
  const contrast = {
    row: rebuilds ? contrastKept(settings, imageShape, "row") : [],
    col: rebuilds ? contrastKept(settings, imageShape, "col") : [],
  };
  const smallestFeature = [narrowestKept(contrast.row), narrowestKept(contrast.col)] as const;
  const energies = images === undefined ? [] : subBandEnergies(images, settings);
  const preservation: Preservation = {
    kind: "settings",
    settings,
    imageShape,
    numbers: embeddingSize(settings, imageShape),
    inMemoryRatio: inMemoryRatio(settings, imageShape),
    compresses: doesCompress(settings, imageShape),
    patchPixels,
    pixelsPerNumber: patchPixels[0] * patchPixels[1],
    smallestFeature,
    contrast,
    subBands: subBandsOf(settings.level).map((subBand, at) => ({ ...subBand, ...energies[at] })),
    ...inWords(settings, patchPixels, smallestFeature),
  };
  return showAs(preservation, {
    summary: () => summarise(preservation),
    view: () => preservationView(preservation, images),
  });
}

function checkSameShape(images: Images, imageShape: ImageShape): void {
  checkImages(images, where);
  const given = images.shape.slice(1);
  if (given.some((side, axis) => side !== imageShape[axis])) {
    throw new ShapeError({
      where,
      required: `images of imageShape [${imageShape.join(", ")}]`,
      got: `[${given.join(", ")}]`,
    });
  }
  if (images.ids.length === 0) throw new DataError({ where, required: "at least one image", got: "none" });
}

function summarise({ settings, numbers, inMemoryRatio, patchPixels }: Preservation): string {
  const { level, patchGrid, wavelet } = settings;
  const place = `places known to ${patchPixels.join("x")} pixels`;
  return `Preservation: ${wavelet}, J=${level}, P=${patchGrid.join("x")}: ${numbers} numbers an image (${inMemoryRatio.toPrecision(3)} %), ${place}`;
}
