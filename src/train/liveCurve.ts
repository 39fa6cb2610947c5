import type { EpochRecord } from "./epochRecord";

const [width, height] = [420, 200];
const area = { left: 44, right: 376, top: 24, bottom: 166 };
/** Okabe and Ito's colours, which those who see colours differently tell apart. */
const colours = { loss: "#d55e00", auc: "#0072b2" };

/**
 * The learning curve of a training that runs: training loss (left axis) and validation AUC (right axis, 0.5 to 1) by
 * epoch, as an SVG of a few kilobytes, since it is drawn again and again.
 *
 * @param epochs - that are asked for: the right end of the axis
 */
export function liveCurve(history: readonly EpochRecord[], epochs: number): string {
  const highest = niceAbove(history.reduce((high, { loss }) => Math.max(high, loss), 0));
  const drawn = thinned(history);
  const x = (epoch: number): number => between(area.left, area.right, epochs > 1 ? (epoch - 1) / (epochs - 1) : 0.5);
  const line = (share: (record: EpochRecord) => number, colour: string): string => {
    const points = drawn.map((record) => [x(record.epoch), between(area.bottom, area.top, clamp(share(record)))]);
    const last = points.at(-1) ?? [0, 0];
    const path = points.map((point) => point.map((value) => value.toFixed(1)).join()).join(" ");
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.8"/>${dot(last, colour)}`;
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img" `,
    `aria-label="Training loss and validation AUC by epoch" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ticks(highest, epochs),
    line(({ loss }) => loss / highest, colours.loss),
    line(({ validationAuc }) => 2 * validationAuc - 1, colours.auc),
    `</svg>`,
  ].join("");
}

function ticks(highest: number, epochs: number): string {
  const grid = [0, 0.5, 1].map((share) => {
    const y = between(area.bottom, area.top, share);
    return (
      `<line x1="${area.left}" x2="${area.right}" y1="${y}" y2="${y}" stroke="#ddd"/>` +
      text(area.left - 6, y + 4, (share * highest).toPrecision(2), { anchor: "end", colour: colours.loss }) +
      text(area.right + 6, y + 4, (0.5 + share / 2).toFixed(2), { colour: colours.auc })
    );
  });
  return [
    ...grid,
    text(area.left, 14, "training loss", { colour: colours.loss }),
    text(area.right, 14, "validation AUC", { anchor: "end", colour: colours.auc }),
    text(area.left, 182, "1", { anchor: "middle" }),
    text(area.right, 182, String(epochs), { anchor: "middle" }),
    text((area.left + area.right) / 2, 194, "epoch", { anchor: "middle" }),
  ].join("");
}

function text(x: number, y: number, words: string, { anchor = "start", colour = "#444" }): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${colour}">${words}</text>`;
}

function dot([x = 0, y = 0]: readonly number[], colour: string): string {
  return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3" fill="${colour}"/>`;
}

/** At most some 200 of the records, the last one among them: more are no wider than a line. */
function thinned(history: readonly EpochRecord[]): readonly EpochRecord[] {
  const step = Math.ceil(history.length / 200);
  return history.filter((_, at) => (history.length - 1 - at) % step === 0);
}

/** The next of 1, 2, 5 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value > 0 ? value : 1));
  return power * ([1, 2, 5].find((factor) => factor * power >= value) ?? 10);
}

function between(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
