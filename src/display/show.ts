import { inspect } from "node:util";
import type { MimeBundle } from "../core/host";
import type { DataFrame } from "danfojs-node";
import { toBundle } from "./bundle";
import { toFrame } from "./frame";
import type { Table, View } from "./view";

/** The convention that this kernel shares with Deno's: a method of this name returns the MIME bundle of a value. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display");

/** How a result shows itself: one line in a console, a picture or table in a notebook. */
export interface Appearance {
  /** One line with shape and range, for instance `Embedding of 616 images [1, 16, 19, 19, 1], haar, J=2`. */
  readonly summary: () => string;
  /** The picture or table shown when the value is the last of a cell. */
  readonly view: () => View | Promise<View>;
  /** Forms for programs that read notebooks, by MIME type; viewers overlook them. */
  readonly data?: () => MimeBundle;
}

/** What a result has beside its data. */
export interface Shown {
  /** The result's picture or table as a plain description, to be shown with other views or written to a report. */
  view(): View | Promise<View>;
}

/** What a result whose data make a table has beside them. */
export interface Tabled {
  /** The table as a danfo data frame: every row, numbers in full. */
  frame(): DataFrame;
}

/**
 * Freezes a result and gives it a picture, and a data frame where there is a table of all its data. The methods are not
 * enumerable, so that copies, comparisons and JSON see the data alone.
 */
export function showAs<T extends object>(
  value: T,
  appearance: Appearance & { readonly table: () => Table },
): Readonly<T> & Shown & Tabled;
export function showAs<T extends object>(value: T, appearance: Appearance): Readonly<T> & Shown;
export function showAs<T extends object>(
  value: T,
  { summary, view, data, table }: Appearance & { readonly table?: () => Table },
): Readonly<T> & Shown {
  const hidden = (method: unknown): PropertyDescriptor => ({ value: method, enumerable: false });
  Object.defineProperties(value, {
    view: hidden(view),
    [inspect.custom]: hidden(summary),
    [displaySymbol]: hidden(async (): Promise<MimeBundle> => {
      return { ...(await toBundle(await view())), ...data?.(), "text/plain": summary() };
    }),
  });
  if (table !== undefined) {
    Object.defineProperty(
      value,
      "frame",
      hidden(() => toFrame(table())),
    );
  }
  return Object.freeze(value) as Readonly<T> & Shown;
}
