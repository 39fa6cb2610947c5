import { checkEmbedding, type Embedding } from "../../compress/embedding";
import { inMemoryRatio } from "../../compress/settings";
import { OptionError } from "../../core/errors";
import { checkImages, type Images } from "../../core/images";
import type { Labels } from "../../data/labels";
import type { Predictions } from "../../data/predictions";
import { showAs, type Shown } from "../../display/show";
import type { Evaluation } from "../evaluation";
import { rowsOf } from "../scored";
import type { ColumnById } from "../subgroups";
import { attributeInference } from "./attributes";
import type { PrivacyCard } from "./cardResult";
import { cardSummary, cardView } from "./cardView";
import { linkage, type LinkageOptions, type Vectors } from "./linkage";
import { type Membership, membership } from "./membership";
import { reconstructionAttack, type ReconstructionAttackOptions } from "./reconstruction";
import { imagesAt } from "./subset";
import { thumbnails } from "./thumbnails";

/** Options of `evaluate.privacy`. */
export interface PrivacyOptions extends Omit<ReconstructionAttackOptions, "confidence"> {
  /** Gives the floor: how far the label alone links images, since a patient's images share it. */
  readonly labels?: Labels;
  /** What a model on these embeddings is worth, to stand beside what they give away. */
  readonly evaluation?: Evaluation;
  /** Columns by name (sex, age, view) that an attacker may want to infer: see `evaluate.attributeInference`. */
  readonly attributes?: Readonly<Record<string, ColumnById>>;
  /** Predictions of a model for its training images and for others, to be told apart: see `evaluate.membership`. */
  readonly training?: { readonly members: Predictions; readonly others: Predictions };
}

const where = "evaluate.privacy";

/**
 * Attacks embeddings by linkage, by reconstruction and, where asked, by inference of attributes and of membership in the
 * training set, and puts the results on one card, beside chance, raw pixels and what the label alone gives. These are
 * attackers of some minutes' work: what they find is there to be found, and what they do not find may be found by others.
 *
 * @param embedding - matched with `images` by id
 * @param images - from which it was made
 * @throws ShapeError or DataError when embedding or images are none, or do not fit themselves
 * @throws DataError when an image has no patient, or no patient has two images in one fold
 * @throws OptionError when predictions of training images come without labels
 * @example
 * await evaluate.privacy(embedding, images, { groups: dataset.groups, labels: dataset.labels, attributes: { sex } })
 */
export async function privacy(
  embedding: Embedding,
  images: Images,
  { labels, evaluation, attributes = {}, training, ...options }: PrivacyOptions,
): Promise<PrivacyCard & Shown> {
  checkEmbedding(embedding, where);
  checkImages(images, where);
  const { groups, folds, bootstraps, seed, side } = options;
  const shared: LinkageOptions = {
    groups,
    ...(folds === undefined ? {} : { folds }),
    ...(bootstraps === undefined ? {} : { bootstraps }),
    ...(seed === undefined ? {} : { seed }),
  };
  const member = training === undefined ? undefined : membershipOf(training, labels, shared);
  const order = Array.from(rowsOf(embedding.ids, images.ids, "images", where));
  const ordered = imagesAt(images, order);
  const label = labels === undefined ? undefined : labelVectors(embedding.ids, labels);
  const small = thumbnails(ordered, 16);
  const card: PrivacyCard = {
    kind: "privacyCard",
    settings: embedding.settings,
    bytes: (embedding.values.length / embedding.ids.length) * embedding.values.BYTES_PER_ELEMENT,
    inMemoryRatio: inMemoryRatio(embedding.settings, embedding.imageShape),
    ...(evaluation === undefined ? {} : { auc: evaluation.auc }),
    linkage: {
      euclidean: linkage(embedding, { ...shared, metric: "euclidean" }),
      learned: linkage(embedding, shared),
      pixels: linkage(thumbnails(ordered, side), shared),
      ...(label === undefined ? {} : { label: linkage(label, { ...shared, metric: "euclidean" }) }),
    },
    reconstruction: await reconstructionAttack(embedding, images, options),
    attributes: Object.entries(attributes).map(([name, column]) => ({
      embedding: attributeInference(embedding, column, name, shared),
      pixels: attributeInference(small, column, name, shared),
      ...(label === undefined ? {} : { label: attributeInference(label, column, name, shared) }),
    })),
    ...(member === undefined ? {} : { membership: member }),
    guarantee: embedding.guarantee ?? { kind: "none", words: "none: compression alone promises nothing" },
  };
  return showAs(card, { summary: () => cardSummary(card), view: () => cardView(card) });
}

function membershipOf(
  { members, others }: NonNullable<PrivacyOptions["training"]>,
  labels: Labels | undefined,
  { groups, bootstraps, seed }: LinkageOptions,
): Membership {
  if (labels === undefined) throw new OptionError({ where, required: "labels beside training", got: "none" });
  return membership(members, others, labels, {
    groups,
    ...(bootstraps === undefined ? {} : { bootstraps }),
    ...(seed === undefined ? {} : { seed }),
  });
}

/** An attacker who holds nothing but the labels. */
function labelVectors(ids: readonly string[], labels: Labels): Vectors {
  const width = labels.classes.length;
  const rows = Array.from(rowsOf(ids, labels.ids, "labels", where));
  const unknown = 0.5; // an uncertain label lies between the two others
  const values = rows.flatMap((row) =>
    Array.from(labels.values.subarray(row * width, (row + 1) * width), (value) =>
      Number.isNaN(value) ? unknown : value,
    ),
  );
  return { ids, values: Float32Array.from(values) };
}
