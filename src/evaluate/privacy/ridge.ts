import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type * as tf from "@tensorflow/tfjs";
import type { Embedding } from "../../compress/embedding";
import type { Images } from "../../core/images";
import { tensorflow } from "../../core/packages";
import { rowsOf } from "../scored";
import { gridFeatures } from "./grid";
import { imagesAt } from "./subset";

// Shares of the mean square of a row; the largest leave little but the mean picture, for features that tell nothing.
const penalties = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100];

/** Pictures rebuilt by ridge regression. */
export interface RidgePictures {
  /** Those under attack. */
  readonly attacked: Images;
  /** The attacker's own, each rebuilt by a regression on all others. */
  readonly leftOut: Images;
}

/**
 * Rebuilds pictures by ridge regression from every feature to every pixel: the strongest linear attack of its kind. The
 * penalty is the one with the smallest leave-one-out error on the attacker's own images.
 *
 * @param known - embeddings of the attacker's images, with their `pictures`
 * @param attacked - embeddings of the same settings
 * @returns pictures in 0..1
 */
export function ridgeReconstruct(known: Embedding, pictures: Images, attacked: Embedding): Promise<RidgePictures> {
  const rows = rowsOf(known.ids, pictures.ids, "pictures", "evaluate.reconstructionAttack");
  const own = imagesAt(pictures, Array.from(rows));
  return ridgePictures(gridFeatures(known).values, own, gridFeatures(attacked).values, attacked.ids);
}

/**
 * The same from any numbers that stand for images.
 *
 * @param known - `[image, feature]`, with their `pictures` in the same order
 * @param attacked - `[image, feature]`, whose pictures are wanted under these ids
 */
export async function ridgePictures(
  known: Float32Array,
  pictures: Images,
  attacked: Float32Array,
  ids: readonly string[],
): Promise<RidgePictures> {
  const [count, ...shape] = pictures.shape;
  const size = shape[0] * shape[1] * shape[2];
  const tfjs = await tensorflow();
  const rebuilt: Readonly<Record<keyof RidgePictures, tf.Tensor>> = tfjs.tidy(() => {
    const features = standardised(tfjs, known, attacked, known.length / count);
    const pixels = tfjs.tensor2d(Float32Array.from(pictures.pixels), [count, size]);
    const mean = pixels.mean(0);
    const gram = features.known.matMul(features.known, false, true);
    const { weights, residuals } = bestWeights(tfjs, gram as tf.Tensor2D, pixels.sub(mean));
    const similar = features.attacked.matMul(features.known, false, true);
    return {
      attacked: similar.matMul(weights).add(mean).clipByValue(0, 1),
      leftOut: pixels.sub(residuals).clipByValue(0, 1),
    };
  });
  const images = async (of: tf.Tensor, named: readonly string[]): Promise<Images> => {
    const pixels = Float32Array.from(await of.data<"float32">());
    of.dispose();
    return { pixels, shape: [named.length, ...shape], ids: named };
  };
  return { attacked: await images(rebuilt.attacked, ids), leftOut: await images(rebuilt.leftOut, pictures.ids) };
}

function standardised(
  tfjs: typeof tf,
  known: Float32Array,
  attacked: Float32Array,
  features: number,
): { known: tf.Tensor2D; attacked: tf.Tensor2D } {
  const own = tfjs.tensor2d(known, [known.length / features, features]);
  const { mean, variance } = tfjs.moments(own, 0);
  const scale = (values: tf.Tensor2D): tf.Tensor2D => values.sub(mean).div(variance.sqrt().add(1e-6));
  return { known: scale(own), attacked: scale(tfjs.tensor2d(attacked, [attacked.length / features, features])) };
}

/** Weights of the attacker's images under the best penalty, by the eigenvalues of their products. */
function bestWeights(
  tfjs: typeof tf,
  gram: tf.Tensor2D,
  pixels: tf.Tensor,
): { readonly weights: tf.Tensor; readonly residuals: tf.Tensor } {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new Matrix(gram.arraySync()), {
    assumeSymmetric: true,
  });
  const vectors = tfjs.tensor2d(eigenvectorMatrix.to2DArray());
  const turned = vectors.matMul(pixels, true);
  const scale = realEigenvalues.reduce((sum, value) => sum + value, 0) / realEigenvalues.length || 1; // 1 where all are zero
  const tried = penalties.map((penalty) => {
    const inverse = tfjs.tensor1d(realEigenvalues.map((value) => 1 / (Math.max(0, value) + penalty * scale)));
    const weights = vectors.matMul(turned.mul(inverse.expandDims(1)));
    // Leaving out one image changes its own error by the diagonal of the inverse.
    const diagonal = vectors.square().matMul(inverse.expandDims(1));
    const residuals = weights.div(diagonal);
    return { weights, residuals, error: residuals.square().mean().dataSync()[0] as number };
  });
  return tried.reduce((best, each) => (each.error < best.error ? each : best));
}
