import { button } from "./dom";
import type { Pane } from "./pane";

/** Opens and closes a second pane beside the first. */
export function compareButton(panes: HTMLElement, open: () => Pane): HTMLButtonElement {
  let second: Pane | undefined;
  const made = button(
    "Compare two settings",
    () => {
      const isOpen = made.getAttribute("aria-pressed") === "true";
      made.setAttribute("aria-pressed", String(!isOpen));
      panes.classList.toggle("two", !isOpen);
      if (isOpen) {
        second?.rest();
        second?.root.remove();
      } else {
        second ??= open();
        second.resume();
        panes.append(second.root);
      }
    },
    { "aria-pressed": "false" },
  );
  return made;
}
