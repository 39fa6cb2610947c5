import { setTimeout as delay } from "node:timers/promises";
import type { Channel } from "./connection";
import type { Link } from "./link";
import type { Output } from "./output";
import type { Header, Json, Message } from "./wire";

/** Answers one type of message. What it returns is the content of the reply; types that have none return nothing. */
export type Handler = (message: Message) => Json | void | Promise<Json | void>;

/** Handlers by message type, for instance `complete_request`. */
export type Handlers = Readonly<Record<string, Handler>>;

/** What a session needs of its surroundings. */
export interface SessionParts {
  readonly link: Link;
  readonly output: Output;
  readonly handlers: Handlers;
  /** Takes what comes on the stdin channel. */
  readonly answered: (message: Message) => void;
  /** The request whose cell runs now. */
  readonly running: () => Header | undefined;
  readonly log: (text: string) => void;
}

type ReplyChannel = Exclude<Channel, "hb">;

interface Queued {
  readonly channel: ReplyChannel;
  readonly message: Message;
}

/** Requests that were sent before the client could know of an error arrive within this time. */
const abortDelayMs = 20;

/** Serves requests: cells one after the other, all else at once, also while a cell waits for something. */
export function startSession({ link, output, handlers, answered, running, log }: SessionParts): void {
  const queue: Queued[] = [];
  let busy = false;

  link.onMessage((channel, message) => {
    if (channel === "stdin") return answered(message);
    const queued = { channel: channel as ReplyChannel, message };
    if (message.header.msg_type !== "execute_request") return void serve(queued);
    queue.push(queued);
    void runQueue();
  });

  async function runQueue(): Promise<void> {
    if (busy) return;
    busy = true;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await serve(next);
    busy = false;
  }

  /** After an error: what the client sent before it could know of it. What it sends afterwards is served. */
  async function takeAborted(request: Message, reply: Json | void): Promise<Queued[]> {
    const { header, content } = request;
    if (header.msg_type !== "execute_request" || reply?.["status"] !== "error" || content["stop_on_error"] === false)
      return [];
    await delay(abortDelayMs);
    return queue.splice(0);
  }

  function abort(request: Queued): void {
    status("busy", request.message.header);
    reply(request, { status: "aborted" });
    status("idle", request.message.header);
  }

  async function serve(request: Queued): Promise<void> {
    const { header } = request.message;
    const handler = Object.hasOwn(handlers, header.msg_type) ? handlers[header.msg_type] : undefined;
    if (handler === undefined) return log(`no handler for ${header.msg_type}`);
    status("busy", header);
    const content = await handle(handler, request.message);
    const aborted = await takeAborted(request.message, content);
    if (content !== undefined) reply(request, content);
    output.flush();
    status("idle", header);
    aborted.forEach(abort);
    // Clients show the latest status they hear: a cell still runs.
    const cell = running();
    if (cell !== undefined) status("busy", cell);
  }

  async function handle(handler: Handler, message: Message): Promise<Json | void> {
    try {
      return await handler(message);
    } catch (error) {
      log(`${message.header.msg_type} failed: ${error instanceof Error ? error.stack : String(error)}`);
      return { status: "error", ename: "Error", evalue: String(error), traceback: [] };
    }
  }

  function reply({ channel, message }: Queued, content: Json): void {
    const type = message.header.msg_type.replace(/_request$/, "_reply");
    if (type === message.header.msg_type) return; // not a request: nobody waits
    link.send(channel, type, content, { parent: message.header, identities: message.identities });
  }

  function status(state: "busy" | "idle", parent: Header): void {
    link.send("iopub", "status", { execution_state: state }, { parent });
  }
}
