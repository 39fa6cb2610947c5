import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { Reply, Router, XPublisher } from "zeromq";
import { createCoalescer } from "./coalesce";
import { addressOf, type Channel, type Connection } from "./connection";
import { createInterrupter, type InterruptCells } from "./interrupt";
import { kernelInfo } from "./kernel-info";
import { createOutbox, type Outbox } from "./outbox";
import { createCodec, createMessage, type Json, type Message } from "./wire";

/**
 * The thread that owns the sockets. Cells run in the main thread and may keep it busy; here the heartbeat is echoed,
 * interrupts and shutdown are heard, and output leaves, whatever the main thread does.
 */

/** What the main thread hands over when it starts this one. */
export interface SocketsData {
  readonly connection: Connection;
  readonly interruptCells: InterruptCells;
}

/** From here to the main thread. */
export interface Incoming {
  readonly channel: Channel;
  readonly message: Message;
}

/** From the main thread to here. */
export type Outgoing =
  | { readonly kind: "message"; readonly channel: Exclude<Channel, "hb">; readonly message: Message }
  | { readonly kind: "ready" }
  | { readonly kind: "close" };

const shutdownPatienceMs = 500; // then the process ends, even if a cell keeps the main thread busy
const lingerMs = 300; // how long the last messages may take to leave
const parentCheckMs = 1000;

const port = parentPort;
if (port === null) throw new Error("sockets.js runs as a worker of main.js");
const { connection, interruptCells } = workerData as SocketsData;
const codec = createCodec(connection.key, connection.signature_scheme);
const interrupter = createInterrupter(interruptCells);

// Sends of a publisher never wait: without a high-water mark nothing is dropped, and memory is the only limit.
const sockets = {
  iopub: new XPublisher({ linger: lingerMs, sendHighWaterMark: 0, verbosity: "allSubs" }),
  shell: new Router({ linger: lingerMs, sendHighWaterMark: 0 }),
  control: new Router({ linger: lingerMs, sendHighWaterMark: 0 }),
  stdin: new Router({ linger: lingerMs, sendHighWaterMark: 0 }),
  hb: new Reply({ linger: 0 }),
};
const outboxes: Record<Exclude<Channel, "hb">, Outbox> = {
  iopub: createOutbox(sockets.iopub),
  shell: createOutbox(sockets.shell),
  control: createOutbox(sockets.control),
  stdin: createOutbox(sockets.stdin),
};
const broadcasts = createCoalescer((message) => outboxes.iopub.send(codec.encode(message)));
let mainIsReady = false;

function send(channel: Exclude<Channel, "hb">, message: Message): void {
  if (channel === "iopub") broadcasts.push(message);
  else outboxes[channel].send(codec.encode(message));
}

/** Straight to the process's own stream: `process.stderr` of a worker passes through the main thread and its cell. */
function log(text: string): void {
  writeSync(2, `deepfixcx kernel: ${text}\n`);
}

async function receive(channel: "shell" | "control" | "stdin"): Promise<void> {
  for await (const frames of sockets[channel]) {
    try {
      handle(channel, codec.decode(frames));
    } catch (error) {
      log(`dropped a message on ${channel}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/**
 * Tells a new subscriber that it hears everything from now on (Jupyter's enhancement proposal 65), and the first one that
 * the kernel is starting: sent any earlier that would either be lost or come before the welcome.
 */
async function welcome(): Promise<void> {
  let alone = true;
  for await (const [subscription] of sockets.iopub) {
    if (subscription?.[0] !== 1) continue; // the end of a subscription
    const topic = subscription.subarray(1);
    const content = { subscription: topic.toString() };
    send("iopub", createMessage("iopub_welcome", content, { identities: [topic] }));
    if (alone && !mainIsReady) send("iopub", createMessage("status", { execution_state: "starting" }));
    alone = false;
  }
}

async function beat(): Promise<void> {
  for await (const frames of sockets.hb) await sockets.hb.send(frames);
}

function handle(channel: "shell" | "control" | "stdin", message: Message): void {
  const type = message.header.msg_type;
  if (type === "interrupt_request")
    answer(channel, message, "interrupt_reply", { status: "ok" }, () => interrupter.interrupt());
  // Until the compiler has loaded the main thread cannot answer, and a client should not have to wait for it.
  else if (type === "kernel_info_request" && (channel === "control" || !mainIsReady))
    answer(channel, message, "kernel_info_reply", kernelInfo());
  else {
    if (type === "shutdown_request") setTimeout(() => process.kill(process.pid, "SIGKILL"), shutdownPatienceMs);
    port?.postMessage({ channel, message } satisfies Incoming);
  }
}

function answer(
  channel: "shell" | "control" | "stdin",
  request: Message,
  type: string,
  content: Json,
  action?: () => void,
): void {
  const parent = request.header;
  send("iopub", createMessage("status", { execution_state: "busy" }, { parent }));
  action?.();
  send(channel, createMessage(type, content, { parent, identities: request.identities }));
  send("iopub", createMessage("status", { execution_state: "idle" }, { parent }));
}

/** A notebook server that was killed cannot ask its kernels to stop. */
function endWithParent(): void {
  if (process.env.JPY_PARENT_PID === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, parentCheckMs).unref();
}

async function close(): Promise<void> {
  broadcasts.flush();
  await Promise.all(Object.values(outboxes).map((outbox) => outbox.drained()));
  for (const socket of Object.values(sockets)) socket.close();
  // zeromq ends the process with an error when the process ends before this thread.
  process.exit();
}

port.on("message", (order: Outgoing) => {
  if (order.kind === "message") send(order.channel, order.message);
  else if (order.kind === "ready") mainIsReady = true;
  else void close();
});

async function open(): Promise<void> {
  for (const channel of ["iopub", "shell", "control", "stdin", "hb"] as const)
    await sockets[channel].bind(addressOf(connection, channel));
  endWithParent();
  for (const loop of [receive("shell"), receive("control"), receive("stdin"), welcome(), beat()])
    loop.catch((error: unknown) => log(String(error)));
}

open().catch((error: unknown) => {
  log(`cannot open its sockets: ${String(error)}`);
  process.kill(process.pid, "SIGKILL");
});
