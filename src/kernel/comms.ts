import { randomUUID } from "node:crypto";
import { currentCell, runAs, type Cell } from "./cell";
import type { Output } from "./output";
import type { Handlers } from "./session";
import { textOf, type Json, type Message } from "./wire";

/** A line to something in the page, a widget for instance. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  send(data: Json, options?: CommOptions): void;
  onMessage(listener: (message: CommMessage) => void): void;
  onClose(listener: (message: CommMessage) => void): void;
  close(data?: Json): void;
}

export interface CommOptions {
  readonly metadata?: Json;
  readonly buffers?: readonly Uint8Array[];
}

/** What came through a comm. */
export interface CommMessage {
  readonly data: Json;
  readonly metadata: Json;
  readonly buffers: readonly Uint8Array[];
}

/** Called when the page opens a comm for a target that a cell has registered. */
export type CommTarget = (comm: Comm, message: CommMessage) => void;

export interface Comms {
  readonly open: (target: string, data: Json, options?: CommOptions) => Comm;
  readonly registerTarget: (name: string, opened: CommTarget) => void;
  /** How many are open. */
  readonly size: number;
  readonly handlers: Handlers;
}

interface OpenComm {
  readonly comm: Comm;
  /** The cell that opened it: what its listeners print goes there. */
  readonly cell: Cell;
  readonly listeners: { message: (message: CommMessage) => void; close: (message: CommMessage) => void };
}

export function createComms(output: Output): Comms {
  const comms = new Map<string, OpenComm>();
  const targets = new Map<string, { readonly cell: Cell; readonly opened: CommTarget }>();

  function create(id: string, target: string, cell: Cell): Comm {
    const publish = (type: string, data: Json, options: CommOptions = {}): void =>
      output.publish(cell, type, { comm_id: id, data }, options);
    const listeners: OpenComm["listeners"] = { message: () => undefined, close: () => undefined };
    const comm: Comm = {
      id,
      target,
      send: (data, options) => publish("comm_msg", data, options),
      onMessage: (listener) => void (listeners.message = listener),
      onClose: (listener) => void (listeners.close = listener),
      close(data = {}) {
        if (comms.delete(id)) publish("comm_close", data);
      },
    };
    comms.set(id, { comm, cell, listeners });
    return comm;
  }

  function open(target: string, data: Json, options: CommOptions = {}): Comm {
    const cell = currentCell();
    if (cell === undefined) throw new Error("openComm: only cells can open a comm");
    const comm = create(randomUUID(), target, cell);
    output.publish(cell, "comm_open", { comm_id: comm.id, target_name: target, data }, options);
    return comm;
  }

  const handlers: Handlers = {
    comm_open(message) {
      const [id, name] = [textOf(message.content["comm_id"]), textOf(message.content["target_name"])];
      const target = targets.get(name);
      if (target === undefined) return void output.broadcast("comm_close", { comm_id: id, data: {} }, message.header);
      const comm = create(id, name, target.cell);
      call(target.cell, () => target.opened(comm, received(message)));
    },
    comm_msg(message) {
      const found = comms.get(textOf(message.content["comm_id"]));
      if (found !== undefined) call(found.cell, () => found.listeners.message(received(message)));
    },
    comm_close(message) {
      const id = textOf(message.content["comm_id"]);
      const found = comms.get(id);
      comms.delete(id);
      if (found !== undefined) call(found.cell, () => found.listeners.close(received(message)));
    },
    comm_info_request({ content }) {
      const wanted = content["target_name"];
      const listed = [...comms.values()].filter(({ comm }) => wanted === undefined || comm.target === wanted);
      const entries = listed.map(({ comm }) => [comm.id, { target_name: comm.target }] as const);
      return { status: "ok", comms: Object.fromEntries(entries) };
    },
  };

  return {
    open,
    registerTarget(name, opened) {
      const cell = currentCell();
      if (cell !== undefined) targets.set(name, { cell, opened });
    },
    get size() {
      return comms.size;
    },
    handlers,
  };
}

/** Calls a listener as the code of its cell. What it throws is told there, as an error of work that goes on after a cell. */
function call(cell: Cell, listener: () => void): void {
  runAs(cell, () => {
    try {
      listener();
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
    }
  });
}

function received({ content, metadata, buffers }: Message): CommMessage {
  return { data: (content["data"] ?? {}) as Json, metadata, buffers };
}
