import { tableText } from "./table";
import type { View } from "./view";

/** A view in words and numbers, for a console. */
export function toText(view: View): string {
  switch (view.kind) {
    case "figure":
    case "picture":
      return `${view.title}\n${view.alt}`;
    case "table":
      return tableText(view);
    case "note":
      return view.text;
    case "page":
      return [...(view.title === undefined ? [] : [view.title]), ...view.views.map(toText)].join("\n\n");
  }
}
