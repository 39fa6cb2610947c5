import { element } from "./dom";
import { type View, whole } from "./figure";

/** The result in numbers. */
export function readout(): View {
  const names = ["kept", "in-memory ratio", "SSIM", "one patch covers", "sub-bands"] as const;
  const values = names.map(() => element("dd", {}));
  const pairs = names.map((name, at) => element("div", {}, element("dt", {}, name), values[at] as Node));
  return {
    root: element("dl", { class: "readout" }, ...pairs),
    show({ settings, layout, embedding, original, ratio, ssim }) {
      const side = 2 ** settings.level;
      const texts = [
        `${whole(embedding.values.length)} of ${whole(original.length)}`,
        `${ratio >= 100 ? whole(ratio) : Number(ratio.toPrecision(3))} %`,
        ssim === undefined ? "–" : ssim.toFixed(3),
        `${layout.patch[1] * side} × ${layout.patch[0] * side} px`,
        whole(side * side),
      ];
      values.forEach((value, at) => (value.textContent = texts[at] ?? ""));
      (values[1] as HTMLElement).classList.toggle("over", ratio > 100);
    },
  };
}
