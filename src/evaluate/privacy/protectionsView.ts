import { scatterChart } from "../../display/charts";
import { categorical } from "../../display/style";
import type { Figure, Page, PlotlyTrace, Table } from "../../display/view";
import { cell } from "../evaluationView";
import type { Protection, Protections } from "./protectionsResult";

/** Curves of AUC against what attacks reach, the table behind them, and what may be claimed. */
export function protectionsView(result: Protections): Page {
  return {
    kind: "page",
    title: `What protects ${result.images} images of ${result.patients} patients?`,
    views: [
      curves(
        result,
        "What hides patients",
        "linkage: verification AUC among equal labels",
        ({ verificationAuc }) => verificationAuc,
      ),
      curves(result, "What hides pictures", "reconstruction, dB", ({ psnr }) => psnr),
      table(result),
      { kind: "note", text: claims },
    ],
  };
}

const claims =
  "What may be claimed of a release: these measured numbers, for these attackers, and the stated guarantee where there is one. " +
  "A grouped score serves one task only and is close to publishing predictions; the honest alternative is to publish the model's weights. " +
  "What may not: that anything here is anonymous. The label alone links a patient's images; epsilon holds per image, so that r images of " +
  "a patient cost r times as much; noise for one pixel promises nothing about a person. Stronger attackers may find more.";

function curves({ rows }: Protections, title: string, attack: string, strengthOf: (row: Protection) => number): Figure {
  const names = [...new Set(rows.map(({ mechanism }) => mechanism))];
  const drawn = scatterChart(
    names.map((name) => {
      const own = rows.filter(({ mechanism }) => mechanism === name);
      return {
        name,
        x: own.map(strengthOf),
        y: own.map(({ auc }) => auc),
        labels: own.map(({ strength }) => strength),
      };
    }),
    { title: `${title}: left is safer, up is more useful`, x: { title: attack }, y: { title: "ROC AUC" }, height: 480 },
  );
  return { ...drawn, traces: drawn.traces.map(joined) };
}

const symbols = ["circle", "diamond", "square"];

/** The strengths of a mechanism joined by a line; where colours repeat, another symbol and dashes tell them apart. */
function joined(trace: PlotlyTrace, at: number): PlotlyTrace {
  const round = Math.floor(at / categorical.length);
  const colour = categorical[at % categorical.length];
  return {
    ...trace,
    mode: "lines+markers",
    marker: { color: colour, size: 8, symbol: symbols[round % symbols.length] },
    line: { color: colour, width: 1, dash: round === 0 ? "solid" : "dot" },
  };
}

/** By what pictures were rebuilt, in words. */
export function rebuiltBy(decoder: boolean): string {
  return `Rebuilt by ridge regression${decoder ? ", or refined by a learned network where that is better" : ""}.`;
}

function table({ rows, meanImagePsnr, decoder }: Protections): Table {
  return {
    kind: "table",
    title: "Mechanisms under attackers trained on numbers protected in the same way",
    columns: ["mechanism", "strength", "ROC AUC", "verification AUC", "top-1 hit", "chance", "rebuilt, dB"].map(
      (name) => ({ name }),
    ),
    rows: rows.map(({ mechanism, strength, auc, verificationAuc, topHit, topChance, psnr }) => [
      mechanism,
      strength,
      ...[auc, verificationAuc, topHit, topChance, psnr].map(cell),
    ]),
    note: `Linkage among images of equal label. ${rebuiltBy(decoder)} The mean image alone: ${meanImagePsnr.toFixed(1)} dB. A grouped score is worth what its weights are on single new images. Noise drawn from a test seed, for measuring. Identity directions differ between the halves of the patients, which helps the attacker to tell these apart: that linkage is overstated.`,
  };
}
