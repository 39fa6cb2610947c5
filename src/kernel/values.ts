import { inspect } from "node:util";
import type { MimeBundle } from "../core/host";
import { toBundle } from "../display/bundle";
import { displaySymbol } from "../display/show";
import { viewOf } from "../display/values";

interface Displayable {
  [displaySymbol](): MimeBundle | Promise<MimeBundle>;
}

/** The MIME bundle of any value: its own where it has one, else the form that says most in little space. */
export async function bundleOf(value: unknown): Promise<MimeBundle> {
  if (isDisplayable(value)) return await value[displaySymbol]();
  const view = viewOf(value);
  if (view !== undefined) return toBundle(view);
  return { "text/plain": inspect(value) };
}

function isDisplayable(value: unknown): value is Displayable {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as Partial<Displayable>)[displaySymbol] === "function"
  );
}
