import type { Images, Rejected } from "../core/images";
import { type Shown, showAs } from "../display/show";
import { type Embedding, checkEmbedding } from "./embedding";
import type { Guarantee } from "./noise/guarantee";
import { type CompressSettings, type ImageShape, embeddingShape } from "./settings";
import { viewEmbedding, viewImages } from "./views";

/** What an embedding is made from; its shape follows. */
export interface EmbeddingParts {
  readonly values: Float32Array;
  readonly settings: CompressSettings;
  readonly imageShape: ImageShape;
  readonly ids: readonly string[];
  readonly guarantee?: Guarantee | undefined;
  readonly rejected?: readonly Rejected[];
}

/**
 * An embedding that shows itself as its sub-bands.
 *
 * @throws ShapeError when the values are not as many as ids and settings ask for
 * @throws DataError when an id stands twice
 */
export function createEmbedding(
  { values, settings, imageShape, ids, guarantee, rejected = [] }: EmbeddingParts,
  where: string,
): Embedding & Shown {
  const shape = [ids.length, ...embeddingShape(settings, imageShape)] as const;
  const promised = guarantee === undefined ? {} : { guarantee };
  const lost = rejected.length === 0 ? {} : { rejected };
  const embedding: Embedding = { values, shape, settings, imageShape, ids, ...promised, ...lost };
  checkEmbedding(embedding, where);
  return showAs(embedding, { summary: () => summarise(embedding), view: () => viewEmbedding(embedding) });
}

/** Images, checked before, that show themselves as pictures. */
export function createImages({ pixels, shape, ids }: Images): Images & Shown {
  const images: Images = { pixels, shape, ids };
  const kind = pixels.constructor.name.replace("Array", "");
  return showAs(images, {
    summary: () => `Images [${shape.join(", ")}], ${kind}`,
    view: () => viewImages(images),
  });
}

function summarise({
  shape,
  settings: { wavelet, level, patchGrid, pooling },
  guarantee,
  rejected,
}: Embedding): string {
  const settings = `${wavelet}, J=${level}, P=${patchGrid.join("x")}, ${pooling.join(" ")}`;
  const noise = guarantee === undefined ? "" : `, with noise: ${guarantee.words}`;
  const lost = rejected === undefined ? "" : `; ${rejected.length} more could not be read`;
  return `Embedding of ${shape[0]} images [${shape.join(", ")}], ${settings}${noise}${lost}`;
}
