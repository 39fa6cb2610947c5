import type { Wishes } from "../fit";
import { button, element } from "./dom";

/** A step: what is set, where to look, one question and its answer. */
interface Step {
  readonly look: string;
  readonly set: Pick<Wishes, "level" | "patchGrid">;
  /** Position of the image among those of the page. */
  readonly image: number;
  readonly question: string;
  readonly answer: string;
}

const steps: readonly Step[] = [
  {
    look: "privatized",
    set: { level: 2, patchGrid: 19 },
    image: 0,
    question: "The image has become as many numbers as Settings says are kept. What can you still tell, and what not?",
    answer:
      "How bright each patch is, and how much edge of each width and direction it holds. Not where in the patch an edge stood, nor whether it went from dark to bright or back.",
  },
  {
    look: "embedding",
    set: { level: 3, patchGrid: 5 },
    image: 0,
    question: "Move P down to 1, then J from 1 to 6. Which slider hides places, and which one sorts edges?",
    answer:
      "P hides places: with one patch nothing says where. J sorts edges more finely by width and direction, and keeps four times as many numbers at every level. A higher level is no stronger protection.",
  },
  {
    look: "lens",
    set: { level: 2, patchGrid: 9 },
    image: 1,
    question: "Drag over an edge, the heart's in a chest. How many pixels share the numbers you see?",
    answer:
      "All pixels of a patch, 1,296 in a chest phantom, share 16 numbers. Every arrangement of the same blocks inside the patch gives the same 16; that is what the paper calls obscured.",
  },
  {
    look: "twin",
    set: { level: 3, patchGrid: 9 },
    image: 0,
    question: "The twin has the same numbers as the original. Does that make the original safe?",
    answer:
      "No. The numbers alone cannot tell the two apart, but somebody who knows what such images look like throws the twin out at once. Twins show what pooling forgets, not what an attacker can guess.",
  },
  {
    look: "attacker",
    set: { level: 1, patchGrid: 19 },
    image: 0,
    question: "The privatized image looks coarse. Is that what an attacker sees?",
    answer:
      "No. A small network that learned from other phantoms blends the patches and fills in what chests have in common. Measure protection against such an attacker, never by how the paper's inverse looks.",
  },
  {
    look: "classifier",
    set: { level: 2, patchGrid: 3 },
    image: 1,
    question: "Of a grey image 144 numbers are left. Can the classifier still read an enlarged heart, and from where?",
    answer:
      "Often, since brightness of large areas is enough for it. What serves the diagnosis serves whoever wants to recognise the patient too: that is the trade-off.",
  },
];

/** The guided tour: six steps, each with one question. */
export interface Tour {
  readonly root: HTMLElement;
  readonly opener: HTMLButtonElement;
}

export function tour(go: (set: Step["set"], image: number) => HTMLElement): Tour {
  let at = 0;
  let marked: Element | undefined;
  const heading = element("h2", { tabindex: -1 });
  const question = element("p", { class: "question" });
  const answer = element("p", {});
  const reveal = element("details", {}, element("summary", {}, "Show the answer"), answer);
  const back = button("Back", () => show(at - 1));
  const next = button("Next", () => (at === steps.length - 1 ? end() : show(at + 1)), { class: "primary" });
  const root = element(
    "section",
    { class: "tour", "aria-label": "Guided tour", hidden: true },
    heading,
    question,
    reveal,
    element("div", { class: "actions" }, back, next, button("End the tour", end)),
  );
  const opener = button("Take the tour", () => {
    root.hidden = false;
    show(0);
    heading.focus();
  });

  function show(step: number): void {
    at = step;
    const { look, set, image, question: asked, answer: told } = steps[at] as Step;
    heading.textContent = `Step ${at + 1} of ${steps.length}`;
    question.textContent = asked;
    answer.textContent = told;
    reveal.open = false;
    back.disabled = at === 0;
    next.textContent = at === steps.length - 1 ? "Finish" : "Next";
    mark(go(set, image).querySelector(`[data-view="${look}"]`) ?? undefined);
    marked?.scrollIntoView({ block: "nearest" }); // the tour sticks to the top, so the question stays in sight
  }

  function mark(view: Element | undefined): void {
    marked?.classList.remove("marked");
    view?.classList.add("marked");
    marked = view;
  }

  function end(): void {
    root.hidden = true;
    mark(undefined);
    opener.focus();
  }

  return { root, opener };
}
