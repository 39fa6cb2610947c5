import { DataError } from "../../core/errors";
import { rankedAuc, rankScores } from "../../core/roc";
import type { Groups, Labels } from "../../data/labels";
import type { Predictions } from "../../data/predictions";
import { showAs, type Shown } from "../../display/show";
import { bootstrap, type BootstrapOptions, type Estimate } from "../bootstrap";
import { cell, inWords } from "../evaluationView";
import { match, patientsOf } from "../scored";

/** Options of `evaluate.membership`. */
export interface MembershipOptions extends BootstrapOptions {
  /** The patient of every image, by image id: intervals then come from drawing patients. */
  readonly groups?: Groups;
}

/** How well it can be told whether an image was in the training set. */
export interface Membership {
  readonly kind: "membership";
  /** Area under the ROC curve of the model's loss, smaller speaking for members; chance is 0.5. */
  readonly auc: Estimate;
  readonly members: number;
  readonly others: number;
}

const where = "evaluate.membership";

/**
 * Attacks by membership: an image on which a model's loss is small was probably in its training set (Yeom et al. 2018).
 *
 * @param members - predictions of training images
 * @param others - predictions of images that the model never saw, none of them a member
 * @throws DataError when an image is on both sides
 */
export function membership(
  members: Predictions,
  others: Predictions,
  labels: Labels,
  { groups, ...options }: MembershipOptions = {},
): Membership & Shown {
  const inside = new Set(members.ids);
  const both = others.ids.find((id) => inside.has(id));
  if (both !== undefined) throw new DataError({ where, required: "images on one side each", got: `"${both}" on both` });
  const losses = [...lossesOf(members, labels), ...lossesOf(others, labels)];
  const truth = [...members.ids.map(() => 1), ...others.ids.map(() => 0)];
  const ranked = rankScores(
    losses.map((loss) => -loss),
    truth,
  );
  const clusters = patientsOf([...members.ids, ...others.ids], groups, where);
  const [auc] = bootstrap(clusters, (weights) => [rankedAuc(ranked, weights)], options);
  const result: Membership = {
    kind: "membership",
    auc: auc as Estimate,
    members: members.ids.length,
    others: others.ids.length,
  };
  const words = `Membership by loss: AUC ${inWords(result.auc)} (chance 0.5)`;
  return showAs(result, {
    summary: () => words,
    view: () => ({
      kind: "table",
      title: "Can it be told who was in the training set?",
      columns: ["attack", "ROC AUC", "low", "high", "chance", "members", "others"].map((name) => ({ name })),
      rows: [
        [
          "loss",
          cell(result.auc.value),
          cell(result.auc.low),
          cell(result.auc.high),
          0.5,
          result.members,
          result.others,
        ],
      ],
    }),
  });
}

/** Each image's cross-entropy, summed over the classes whose truth is known. */
function lossesOf(predictions: Predictions, labels: Labels): number[] {
  const classes = match(predictions, labels);
  const tiny = 1e-7; // a float32 probability of 0 or 1 would make an infinite loss
  return predictions.ids.map((_, image) =>
    classes.reduce((sum, { scores, truth }) => {
      const probability = Math.min(1 - tiny, Math.max(tiny, scores[image] as number));
      const seen = truth[image] as number;
      if (Number.isNaN(seen)) return sum;
      return sum - Math.log(seen > 0 ? probability : 1 - probability);
    }, 0),
  );
}
