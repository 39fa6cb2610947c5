import type { Embedding } from "../../compress/embedding";
import { reconstruct } from "../../compress/reconstruct";
import { DataError } from "../../core/errors";
import type { Images } from "../../core/images";
import type { Groups } from "../../data/labels";
import { type Folds, hashFolds } from "../../data/split";
import { showAs, type Shown } from "../../display/show";
import type { Page, Picture, Table, Tile } from "../../display/view";
import type { BootstrapOptions, Estimate } from "../bootstrap";
import { cell, inWords } from "../evaluationView";
import { quality } from "../quality";
import { rowsOf } from "../scored";
import { decode, type Decoder, trainDecoder } from "./decoder";
import type { DecoderOptions } from "./fitPictures";
import { refinePictures } from "./refine";
import { ridgeReconstruct } from "./ridge";
import { embeddingAt, imagesAt } from "./subset";
import { thumbnails } from "./thumbnails";

/** Options of `evaluate.reconstructionAttack`. */
export interface ReconstructionAttackOptions extends DecoderOptions, BootstrapOptions {
  /** The patient of every image, by image id. */
  readonly groups: Groups;
  /** The fold of every image by id, no patient in two. Default: 5, by patient. */
  readonly folds?: Folds;
  /** The fold whose patients are attacked; the attacker learns from all others. Default 0. */
  readonly fold?: number;
  /** Rows and columns of the pictures to be rebuilt, even; default 64. */
  readonly side?: number;
  /** A decoder trained before on other patients; then only the fold is decoded. */
  readonly decoder?: Decoder;
}

/**
 * How pictures are rebuilt.
 *
 * - `inverse`: the paper's own reconstruction.
 * - `ridge`: linear regression from every feature to every pixel.
 * - `refined ridge`: those pictures, bettered by a learned convolutional network.
 * - `decoder`: the learned convolutional network from patches to pixels, see `evaluate.trainDecoder`.
 * - `mean image`: the mean of the attacker's images, which uses nothing of the embedding: what chance gives.
 */
export type Reconstructor = "inverse" | "ridge" | "refined ridge" | "decoder" | "mean image";

/** What one way of rebuilding achieves. */
export interface ReconstructionScore {
  readonly method: Reconstructor;
  /** Structural similarity with window 3, data range 1. */
  readonly ssim: Estimate;
  /** In decibels. */
  readonly psnr: Estimate;
  /** In 0..1, with the ids of the attacked images. */
  readonly pictures: Images;
}

/** How much of the pictures an attacker can rebuild. */
export interface ReconstructionAttack {
  readonly kind: "reconstructionAttack";
  readonly scores: readonly ReconstructionScore[];
  /** What was to be rebuilt. */
  readonly truth: Images;
  readonly decoder: Decoder;
  /** Images from which the attacker learned. */
  readonly known: number;
}

const where = "evaluate.reconstructionAttack";

/**
 * Attacks by reconstruction: rebuilds small pictures of patients from their embeddings alone, having learned on other
 * patients' images. The paper's own inverse understates what is left; the best of these attacks is a lower bound of it.
 *
 * @param embedding - matched with `images` by id
 * @throws DataError when a fold is empty or an embedding has no image
 */
export async function reconstructionAttack(
  embedding: Embedding,
  images: Images,
  options: ReconstructionAttackOptions,
): Promise<ReconstructionAttack & Shown> {
  const { groups, folds = hashFolds(groups), fold = 0, side = 64, decoder: given, ...rest } = options;
  const { bootstraps, confidence, ...training } = rest;
  const intervals = {
    ...(bootstraps === undefined ? {} : { bootstraps }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(rest.seed === undefined ? {} : { seed: rest.seed }),
  };
  const [known, attacked] = [true, false].map((other) =>
    Array.from(embedding.ids.keys()).filter((row) => (folds[embedding.ids[row] as string] !== fold) === other),
  ) as [number[], number[]];
  checkFold(known.length, attacked.length, fold);
  const order = Array.from(rowsOf(embedding.ids, images.ids, "images", where));
  const pictures = thumbnails(imagesAt(images, order), side);
  const [own, target] = [embeddingAt(embedding, known), embeddingAt(embedding, attacked)];
  const [ownPictures, truth] = [imagesAt(pictures, known), imagesAt(pictures, attacked)];
  const decoder = given ?? (await trainDecoder(own, ownPictures, training));
  const linear = await ridgeReconstruct(own, ownPictures, target);
  const rebuilt: Readonly<Record<Reconstructor, Images>> = {
    decoder: await decode(decoder, target),
    "refined ridge": await refinePictures(linear.leftOut, ownPictures, linear.attacked, training),
    ridge: linear.attacked,
    inverse: thumbnails(await reconstruct(target), side),
    "mean image": meanImage(ownPictures, target.ids),
  };
  const scores: ReconstructionScore[] = [];
  for (const method of Object.keys(rebuilt) as Reconstructor[]) {
    const { meanSsim, meanPsnr } = await quality(truth, rebuilt[method], {
      ...intervals,
      groups,
      window: 3,
      dataRange: 1,
    });
    scores.push({ method, ssim: meanSsim, psnr: meanPsnr, pictures: rebuilt[method] });
  }
  const result: ReconstructionAttack = { kind: "reconstructionAttack", scores, truth, decoder, known: known.length };
  return showAs(result, { summary: () => summary(result), view: () => view(result) });
}

function meanImage({ pixels, shape, ids }: Images, of: readonly string[]): Images {
  const size = pixels.length / ids.length;
  const mean = new Float32Array(size);
  pixels.forEach((value, at) => ((mean[at % size] as number) += value / ids.length));
  const all = new Float32Array(of.length * size);
  of.forEach((_, image) => all.set(mean, image * size));
  return { pixels: all, shape: [of.length, shape[1], shape[2], shape[3]], ids: of };
}

function checkFold(known: number, attacked: number, fold: number): void {
  if (known > 0 && attacked > 0) return;
  const got = `${attacked} in fold ${fold}, ${known} in the others`;
  throw new DataError({ where, required: "images in the attacked fold and in the others", got });
}

function summary({ scores, truth, known }: ReconstructionAttack): string {
  const each = scores.map(({ method, ssim, psnr }) => `${method} SSIM ${inWords(ssim)}, ${psnr.value.toFixed(1)} dB`);
  return `Reconstruction of ${truth.ids.length} images at ${truth.shape[2]}x${truth.shape[3]} after learning from ${known}: ${each.join("; ")}`;
}

function view(attack: ReconstructionAttack): Page {
  return { kind: "page", views: [reconstructionTable(attack), pictures(attack)] };
}

/** The attack that rebuilds most: what an attacker with a choice would take. */
export function strongest(scores: readonly ReconstructionScore[]): ReconstructionScore {
  return scores.reduce((best, each) => (each.psnr.value > best.psnr.value ? each : best));
}

/** The scores of a reconstruction attack. */
export function reconstructionTable({ scores, truth, known }: ReconstructionAttack): Table {
  return {
    kind: "table",
    title: "How much of the pictures can be rebuilt?",
    columns: ["rebuilt by", "SSIM", "low", "high", "PSNR, dB", "low", "high"].map((name) => ({ name })),
    rows: scores.map(({ method, ssim, psnr }) => [
      method,
      ...[ssim.value, ssim.low, ssim.high, psnr.value, psnr.low, psnr.high].map(cell),
    ]),
    note: `${truth.ids.length} images at ${truth.shape[2]}x${truth.shape[3]} of patients that the attacker never saw; learned from ${known} images. SSIM: window 3, data range 1. The mean image uses nothing of the embedding.`,
  };
}

function pictures({ scores, truth }: ReconstructionAttack): Picture {
  const shown = truth.ids.slice(0, 4);
  const tile = (label: string, images: Images, image: number): Tile => {
    const [, channels, rows, cols] = images.shape;
    const size = channels * rows * cols;
    const values = Float32Array.from(images.pixels.subarray(image * size, (image + 1) * size));
    return { label, values, shape: [channels, rows, cols], range: [0, 1], palette: "grey" };
  };
  const tiles = shown.flatMap((_, image) => [
    tile("original", truth, image),
    ...scores.map(({ method, pictures: rebuilt }) => tile(method, rebuilt, image)),
  ]);
  const { method, ssim, psnr } = strongest(scores);
  return {
    kind: "picture",
    title: `Rebuilt from the embedding alone: ${method === "mean image" ? "nothing beats the mean image with" : `${method} reaches`} SSIM ${ssim.value.toFixed(3)} and ${psnr.value.toFixed(1)} dB`,
    alt: `Originals of ${shown.length} images beside what each attack rebuilt.`,
    tiles,
    columns: scores.length + 1,
    tileWidth: 128,
  };
}
