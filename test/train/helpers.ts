import type { Embedding } from "../../src/compress/embedding";
import { Random } from "../../src/core/random";
import type { Labels, Split } from "../../src/data/labels";

/** Made-up embeddings of which the first feature carries the label; nobody's images. */
export function madeUpEmbedding(images: number, features = 6, seed = 1): { embedding: Embedding; labels: Labels } {
  const random = new Random(seed);
  const ids = Array.from({ length: images }, (_, at) => `image${at}`);
  const truth = ids.map((_, at) => at % 2);
  const values = Float32Array.from({ length: images * features }, (_, at) => {
    const label = truth[Math.floor(at / features)] as number;
    return 5 + random.normal() + (at % features === 0 ? 2 * label : 0);
  });
  return {
    embedding: {
      values,
      shape: [images, 1, 1, 1, features, 1],
      settings: { level: 1, patchGrid: [1, features], wavelet: "haar", pooling: ["l1"] },
      imageShape: [1, 8, 8 * features],
      ids,
    },
    labels: { kind: "binary", classes: ["sign"], values: Float32Array.from(truth), ids },
  };
}

/** The first half trains, the next quarter validates, the rest tests. */
export function splitOf(ids: readonly string[]): Split {
  const [half, most] = [Math.floor(ids.length / 2), Math.floor((3 * ids.length) / 4)];
  return { train: ids.slice(0, half), validation: ids.slice(half, most), test: ids.slice(most) };
}
