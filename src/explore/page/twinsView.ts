import { compress } from "../../compress/browser";
import { Random } from "../../core/random";
import type { Block } from "../../explain/blocks";
import { canMove, movableBlocks, twinBits, twinPixels } from "../../explain/rearrange";
import { paintImage } from "./colour";
import { type Result, similarity } from "./compute";
import { choice, element } from "./dom";
import { figure, type View, whole } from "./figure";
import { asImages, type PageImage, unitPixels } from "./image";
import { whenAtRest } from "./later";

type Aim = "detail" | "far";

/** Blocks that change places with each other at once: more take long and show no more. */
const mostTogether = 32;

/** Another image with the very same embedding. */
export function twinsView(): View {
  const view = figure("A twin: another image, same numbers", "twin");
  let aim: Aim = "far";
  let latest: Result | undefined;
  const aims = choice<Aim>(
    "The twin looks",
    [
      {
        values: [
          { value: "far", text: "as unlike as possible" },
          { value: "detail", text: "alike, its detail moved" },
        ],
      },
    ],
    (value) => {
      aim = value;
      if (latest !== undefined) later(latest);
    },
  );
  view.root.append(element("div", {}, aims.root));
  const later = whenAtRest((result: Result) => draw(view, result, aim));
  return {
    root: view.root,
    show(result) {
      latest = result;
      const reason = obstacle(result);
      view.root.classList.toggle("idle", reason !== undefined);
      later(result); // also where there is no twin: what waits is of other settings
      if (reason !== undefined) view.caption.textContent = reason;
    },
  };
}

function obstacle({ image, settings }: Result): string | undefined {
  if (!canMove(settings)) return `Twins are built for Haar; ${settings.wavelet} lets neighbouring blocks overlap.`;
  if (!(image.pixels instanceof Uint8Array)) return "Twins are built for 8-bit images.";
  return undefined;
}

function draw(view: ReturnType<typeof figure>, result: Result, aim: Aim): void {
  const { image, settings, original, embedding } = result;
  if (obstacle(result) !== undefined) return;
  const images = asImages(image);
  const groups = movableBlocks(settings, image.shape);
  const random = new Random(0);
  const few = groups.flatMap((blocks) => parted(blocks, random));
  const pixels = twinPixels(images, images, few, settings, { aim, random });
  const twin: PageImage = { ...image, pixels };
  const unit = unitPixels(twin);
  paintImage(view.canvas, unit, image.shape);
  view.describe(`A twin of ${image.name}: another image with the same embedding`);
  const gap = largestGap(compress(asImages(twin), settings).values, embedding.values);
  const alike = similarity(original, unit, image.shape);
  const same = gap === 0 ? "exactly those" : `within ${gap.toExponential(0)} of those`;
  const distance = alike === undefined ? "" : `; SSIM ${alike.toFixed(3)}`;
  view.caption.replaceChildren(
    `Its ${whole(embedding.values.length)} numbers are ${same} of the original${distance}. About 2`,
    element("sup", {}, whole(twinBits(groups, settings))),
    " arrangements have them; an attacker who knows what images look like may rule out most.",
  );
}

function parted(blocks: readonly Block[], random: Random): Block[][] {
  const mixed = random.shuffle(blocks);
  const count = Math.ceil(blocks.length / mostTogether);
  return Array.from({ length: count }, (_, at) => mixed.slice(at * mostTogether, (at + 1) * mostTogether));
}

function largestGap(a: Float32Array, b: Float32Array): number {
  return a.reduce((gap, value, at) => Math.max(gap, Math.abs(value - (b[at] as number))), 0);
}
