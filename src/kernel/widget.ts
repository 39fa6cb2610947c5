import type { MimeBundle } from "../core/host";
import { displaySymbol } from "../display/show";
import type { Comm, CommMessage, Comms } from "./comms";
import type { Json } from "./wire";

/** What `anywidget(...)` takes: the page's side as an ES module (see anywidget.dev), and the state both sides share. */
export interface WidgetOptions {
  /** An ES module whose default export has `render({ model, el })`. */
  readonly esm: string;
  readonly css?: string;
  /** Values by name; bytes (`Uint8Array`, other typed arrays) travel as they are and arrive as a `DataView`. */
  readonly state?: Json;
}

/** A widget of a cell; shown when it is the cell's last value. Its methods are those of the model on the page's side. */
export interface Widget {
  get(name: string): unknown;
  /** Sets a value here and on the page. */
  set(name: string, value: unknown): void;
  /** `"change:NAME"`: the page has set a value; `"msg:custom"`: the page has sent a message. */
  on(event: string, listener: (value: unknown, buffers: readonly Uint8Array[]) => void): void;
  /** Sends a message, which arrives on the page as `"msg:custom"`. */
  send(content: unknown, buffers?: readonly Uint8Array[]): void;
  close(): void;
  [displaySymbol](): MimeBundle;
}

const protocol = { metadata: { version: "2.1.0" } }; // of Jupyter's widget messages
const base = { module: "@jupyter-widgets/base", version: "2.0.0" };

/** Opens a widget that anywidget's part of JupyterLab draws. */
export function createWidget(comms: Comms, { esm, css = "", state = {} }: WidgetOptions): Widget {
  const values: Record<string, unknown> = { ...state };
  const listeners = new Map<string, ((value: unknown, buffers: readonly Uint8Array[]) => void)[]>();
  const layout = openModel(comms, modelOf(base.module, "Layout", base.version));
  const comm = openModel(comms, {
    ...modelOf("anywidget", "Any", "*"),
    layout: `IPY_MODEL_${layout.id}`,
    _dom_classes: [],
    _anywidget_id: "deepfixcx",
    _esm: esm,
    _css: css,
    ...state,
  });
  comm.onMessage(receive);

  function emit(event: string, value: unknown, buffers: readonly Uint8Array[] = []): void {
    for (const listener of listeners.get(event) ?? []) listener(value, buffers);
  }

  function receive({ data, buffers }: CommMessage): void {
    if (data["method"] === "custom") emit("msg:custom", data["content"], buffers);
    else if (data["method"] === "request_state") sendState(comm, values);
    else if (data["method"] === "update") {
      const changed = joinBuffers((data["state"] ?? {}) as Json, data["buffer_paths"], buffers);
      Object.assign(values, changed);
      for (const [name, value] of Object.entries(changed)) emit(`change:${name}`, value);
    }
  }

  return {
    get: (name) => values[name],
    set(name, value) {
      values[name] = value;
      sendState(comm, { [name]: value });
    },
    on: (event, listener) => void listeners.set(event, [...(listeners.get(event) ?? []), listener]),
    send: (content, buffers = []) => comm.send({ method: "custom", content }, { ...protocol, buffers }),
    close() {
      comm.close();
      layout.close();
    },
    [displaySymbol]: () => ({
      "application/vnd.jupyter.widget-view+json": { model_id: comm.id, version_major: 2, version_minor: 1 },
      "text/plain": "A widget (needs ipywidgets and anywidget beside JupyterLab)",
    }),
  };
}

function modelOf(module: string, name: string, version: string): Json {
  return {
    _model_module: module,
    _model_name: `${name}Model`,
    _model_module_version: version,
    _view_module: module,
    _view_name: `${name}View`,
    _view_module_version: version,
    _view_count: null,
  };
}

function openModel(comms: Comms, state: Json): Comm {
  const { json, paths, buffers } = splitBuffers(state);
  return comms.open("jupyter.widget", { state: json, buffer_paths: paths }, { ...protocol, buffers });
}

function sendState(comm: Comm, state: Json): void {
  const { json, paths, buffers } = splitBuffers(state);
  comm.send({ method: "update", state: json, buffer_paths: paths }, { ...protocol, buffers });
}

interface Split {
  readonly json: Json;
  readonly paths: readonly (readonly string[])[];
  readonly buffers: readonly Uint8Array[];
}

/** Takes bytes out of a state: they travel beside the JSON, at the places that the paths name. */
function splitBuffers(state: Json): Split {
  const json: Record<string, unknown> = {};
  const paths: string[][] = [];
  const buffers: Uint8Array[] = [];
  for (const [name, value] of Object.entries(state)) {
    if (!ArrayBuffer.isView(value)) json[name] = value;
    else {
      paths.push([name]);
      buffers.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    }
  }
  return { json, paths, buffers };
}

/** The inverse, for what the page sends; only values of the state itself can be bytes. */
function joinBuffers(state: Json, paths: unknown, buffers: readonly Uint8Array[]): Json {
  const names = (Array.isArray(paths) ? paths : []).map((path: unknown) => String((path as unknown[])[0]));
  const bytes = names.map((name, at) => [name, buffers[at]] as const);
  return { ...state, ...Object.fromEntries(bytes) };
}
