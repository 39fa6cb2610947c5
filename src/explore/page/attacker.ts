import type { Embedding } from "../../compress/embedding";
import { thumbnails } from "../../evaluate/privacy/thumbnails";
import { namedSettings } from "../named";
import type { Agreement, PageDecoder } from "../pageDecoder";
import { paint, surfaceOf } from "./colour";
import { type Result, similarity } from "./compute";
import { decodeHere, fits, type ReadyDecoder, unpack } from "./decode";
import { button, element } from "./dom";
import { figure, type View } from "./figure";
import { whenAtRest } from "./later";
import type { Wishes } from "../fit";

/**
 * The paper's inverse beside what a learned attacker rebuilds.
 *
 * @param wish - goes to settings for which there is an attacker
 */
export function attackerView(decoders: readonly PageDecoder[], wish: (change: Partial<Wishes>) => void): View {
  const view = figure("The paper's inverse | a learned attacker", "attacker");
  view.root.classList.add("double", "halves");
  view.overlay.append(element("span", {}, "inverse"), element("span", {}, "attacker"));
  const known = new Map<PageDecoder, ReadyDecoder>();
  const jumps = namedSettings.map(({ level, patchGrid }) => {
    const go = (): void => wish({ level, patchGrid, wavelet: "haar", pooling: "l1" });
    return button(`${level}, ${patchGrid}`, go, { "aria-label": `${level}, ${patchGrid}: level and patch grid` });
  });
  view.root.append(element("div", { class: "jumps" }, element("span", {}, "Attackers at (J, P):"), ...jumps));

  const later = whenAtRest((result: Result) => {
    const about = decoders.find((one) => fits(one, embeddingOf(result)));
    if (about === undefined) return;
    const ready = known.get(about) ?? unpack(about);
    known.set(about, ready);
    draw(view, result, ready);
  });

  return {
    root: view.root,
    show(result) {
      const trained = decoders.some((one) => fits(one, embeddingOf(result)));
      view.root.classList.toggle("idle", !trained);
      later(result); // also where there is no attacker: what waits is of other settings
      if (!trained)
        view.caption.textContent = `No attacker trained here, for ${inWords(result)}. That says nothing about safety.`;
    },
  };
}

function embeddingOf({ embedding, settings, image }: Result): Embedding {
  const shape = embedding.shape as Embedding["shape"];
  return { values: embedding.values, shape, settings, imageShape: image.shape, ids: [image.id] };
}

function inWords({ settings, image }: Result): string {
  const { level, patchGrid, wavelet, pooling } = settings;
  return `(${level}, ${patchGrid[0]}), ${wavelet}, ${pooling.join()}, ${image.shape[2]} × ${image.shape[1]} ${image.shape[0] === 1 ? "grey" : "colour"}`;
}

function draw(view: ReturnType<typeof figure>, result: Result, decoder: ReadyDecoder): void {
  const { side, scores, trainedOn } = decoder.about;
  const small = (pixels: Float32Array): Float32Array => {
    const shape = [1, ...result.image.shape] as const;
    return thumbnails({ pixels, shape, ids: ["one"] }, side).pixels as Float32Array;
  };
  const [truth, inverse] = [small(result.original), small(result.privatized)];
  const attacked = decodeHere(decoder, embeddingOf(result));
  const surface = surfaceOf(view.canvas, side, 2 * side);
  paint(surface, inverse, "grey", [0, 1], { rows: side, cols: side });
  paint(surface, attacked, "grey", [0, 1], { rows: side, cols: side, left: side });
  surface.show();
  view.describe("Left what the paper's inverse rebuilds, right what a learned attacker rebuilds");
  const shape = [1, side, side] as const;
  const alike = [inverse, attacked].map((pixels) => similarity(truth, pixels, shape)?.toFixed(2) ?? "–");
  const measured = scores === undefined ? "" : ` ${scoresInWords(scores.images, scores)}`;
  view.caption.textContent = `SSIM here, at ${side} × ${side}: inverse ${alike[0]}, attacker ${alike[1]}. The attacker learned from ${trainedOn}.${measured}`;
}

function scoresInWords(
  images: number,
  { decoder, inverse, chance }: Record<"decoder" | "inverse" | "chance", Agreement>,
): string {
  const one = (name: string, { ssim, psnr }: Agreement): string => `${name} ${ssim.toFixed(2)} (${psnr.toFixed(1)} dB)`;
  return `On ${images} unseen phantoms: ${[one("attacker", decoder), one("inverse", inverse), one("mean image", chance)].join(", ")}.`;
}
