import { randomUUID } from "node:crypto";
import { setHost, type MimeBundle } from "../core/host";
import { currentCell } from "./cell";
import type { Output } from "./output";
import { tslabJupyter } from "./tslab";
import { bundleOf } from "./values";
import type { Envelope, Json } from "./wire";

/** Options of a cell's `display(value, options)`. */
export interface DisplayOptions {
  /** The id to show the value under, so that it can be replaced later. */
  readonly id?: string;
  /** Replaces what is shown under `id`, instead of showing it anew. */
  readonly update?: boolean;
}

const broadcastSymbol = Symbol.for("Jupyter.broadcast");

/** Puts the ways of showing something where cells and libraries look for them. */
export function installDisplay(output: Output): void {
  function show(bundle: MimeBundle, id: string, update: boolean): void {
    const cell = currentCell();
    if (cell === undefined) return;
    const content = { data: bundle, metadata: {}, transient: { display_id: id } };
    output.publish(cell, update ? "update_display_data" : "display_data", content);
  }

  function display(value: unknown, { id = randomUUID(), update = false }: DisplayOptions = {}): Promise<void> {
    const shown = bundleOf(value).then((bundle) => show(bundle, id, update));
    const pending = currentCell()?.pending;
    pending?.add(shown);
    return shown;
  }

  /** Deno's name and signature for sending any message to the clients. */
  function broadcast(type: string, content: Json, { metadata, buffers }: Envelope = {}): Promise<void> {
    const cell = currentCell();
    if (cell !== undefined)
      output.publish(cell, type, content, { ...(metadata && { metadata }), ...(buffers && { buffers }) });
    return Promise.resolve();
  }

  function clearOutput({ wait = false }: { readonly wait?: boolean } = {}): void {
    const cell = currentCell();
    if (cell !== undefined) output.publish(cell, "clear_output", { wait });
  }

  Object.assign(globalThis, { display, clearOutput, [broadcastSymbol]: broadcast });
  setHost({
    get signal() {
      return currentCell()?.controller.signal ?? AbortSignal.abort();
    },
    get cell() {
      return currentCell()?.id;
    },
    show: (id, bundle) => show(bundle, id, false),
    update: (id, bundle) => show(bundle, id, true),
  });
  serveTslab(output);
}

/** `tslab.display` and `newDisplay()` write through this hook of tslab's. */
function serveTslab(output: Output): void {
  tslabJupyter.lastWriteDisplayData = (content, update) => {
    const cell = currentCell();
    if (cell !== undefined) output.publish(cell, update ? "update_display_data" : "display_data", { ...content });
  };
}
