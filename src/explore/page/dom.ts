type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element with attributes and children; an attribute that is false or undefined is left out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

let count = 0;

/** An id that no other element of the page has. */
export function freshId(prefix: string): string {
  return `${prefix}-${++count}`;
}

/** A button of the page. */
export function button(label: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", onClick);
  return made;
}

/** A labelled choice. */
export function choice<T extends string>(
  label: string,
  groups: readonly {
    readonly name?: string;
    readonly values: readonly { readonly value: T; readonly text: string }[];
  }[],
  onChoose: (value: T) => void,
): { readonly root: HTMLElement; readonly select: HTMLSelectElement } {
  const select = element("select", { id: freshId("choice") });
  for (const { name, values } of groups) {
    const options = values.map(({ value, text }) => element("option", { value }, text));
    select.append(...(name === undefined ? options : [element("optgroup", { label: name }, ...options)]));
  }
  select.addEventListener("change", () => onChoose(select.value as T));
  return { root: element("div", { class: "field" }, element("label", { for: select.id }, label), select), select };
}

/** A labelled slider with its value beside the label. */
export interface Slider {
  readonly root: HTMLElement;
  readonly input: HTMLInputElement;
  /** Shows a value, the largest possible one, and the value in words. */
  show(value: number, max: number, words: string): void;
}

export function slider(label: string, min: number, onMove: (value: number) => void): Slider {
  const input = element("input", { type: "range", id: freshId("slider"), min, step: 1 });
  const words = element("output", { for: input.id });
  input.addEventListener("input", () => onMove(Number(input.value)));
  const head = element("div", { class: "field-head" }, element("label", { for: input.id }, label), words);
  return {
    root: element("div", { class: "field" }, head, input),
    input,
    show(value, max, text) {
      input.max = String(max);
      input.value = String(value);
      input.setAttribute("aria-valuetext", text);
      words.textContent = text;
    },
  };
}
