import { button } from "./dom";

const names = { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" } as const;
type ThemeName = keyof typeof names;

/** Goes through the page's colours: those of the system, light, dark. */
export function themeButton(): HTMLButtonElement {
  const order = Object.keys(names) as ThemeName[];
  let at = 0;
  const made = button(names.system, () => {
    at = (at + 1) % order.length;
    const name = order[at] ?? "system";
    document.documentElement.dataset["theme"] = name;
    made.textContent = names[name];
  });
  return made;
}
