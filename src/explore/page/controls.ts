import { type CompressSettings, type Pooling, poolings } from "../../compress/settings";
import { type WaveletName, waveletNames } from "../../compress/wavelets";
import { choice, element, slider } from "./dom";
import type { PageImage } from "./image";
import { namedSettings } from "../named";
import { mostLevels, mostPatches, type Wishes } from "../fit";

/** The sliders and choices of a pane. */
export interface Controls {
  readonly root: HTMLElement;
  show(image: PageImage, settings: CompressSettings): void;
}

export function controls(wish: (change: Partial<Wishes>) => void): Controls {
  const level = slider("Level J", 1, (value) => wish({ level: value }));
  const patchGrid = slider("Patch grid P", 1, (value) => wish({ patchGrid: value }));
  const wavelet = choice<WaveletName>("Wavelet", waveletFamilies(), (value) => wish({ wavelet: value }));
  const pooling = choice<Pooling>("Pooling", [{ values: poolings.map((value) => ({ value, text: value })) }], (value) =>
    wish({ pooling: value }),
  );
  const named = choice<string>(
    "Named settings (J, P)",
    [
      {
        values: [
          { value: "", text: "your own" },
          ...namedSettings.map(({ name }, at) => ({ value: String(at), text: name })),
        ],
      },
    ],
    (value) => value !== "" && wish(namedSettings[Number(value)] ?? {}),
  );
  return {
    root: element(
      "div",
      { class: "controls" },
      level.root,
      patchGrid.root,
      element("div", { class: "pair" }, wavelet.root, pooling.root),
      named.root,
    ),
    show(image, settings) {
      const [patches] = settings.patchGrid;
      level.show(settings.level, mostLevels(image.shape), `${settings.level}`);
      patchGrid.show(patches, mostPatches(image.shape, settings.level), `${patches} × ${patches}`);
      wavelet.select.value = settings.wavelet;
      pooling.select.value = settings.pooling[0] ?? "l1";
      const at = namedSettings.findIndex((one) => one.level === settings.level && one.patchGrid === patches);
      named.select.value = at < 0 ? "" : String(at);
    },
  };
}

function waveletFamilies(): { name: string; values: { value: WaveletName; text: string }[] }[] {
  const families = { haar: "Haar", db: "Daubechies", sym: "Symlets", coif: "Coiflets", bior: "Biorthogonal" };
  const all = { ...families, rbio: "Reverse biorthogonal", dmey: "Discrete Meyer" };
  return Object.entries(all).map(([prefix, name]) => ({
    name,
    values: waveletNames
      .filter((wavelet) => wavelet.replace(/[\d.]+$/, "") === prefix)
      .map((value) => ({ value, text: value })),
  }));
}
