import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Channel, Connection } from "./connection";
import type { InterruptCells } from "./interrupt";
import type { Incoming, Outgoing, SocketsData } from "./sockets";
import { asJson, createMessage, type Envelope, type Json, type Message } from "./wire";

/** The main thread's end of the sockets. */
export interface Link {
  /** @throws TypeError when the content or the metadata is no JSON: here, where the cell that made it hears of it */
  send(channel: Exclude<Channel, "hb">, type: string, content: Json, envelope?: Envelope): void;
  /** Hands over every verified message; those that came before are handed over now. */
  onMessage(listener: (channel: Channel, message: Message) => void): void;
  /** Whether an open socket keeps the process from ending. */
  keepAlive(alive: boolean): void;
  /** Sends what is left and closes the sockets. */
  close(): Promise<void>;
}

/** Starts the thread that owns the sockets. */
export function openLink(connection: Connection, interruptCells: InterruptCells): Link {
  const workerData: SocketsData = { connection, interruptCells };
  const worker = new Worker(join(__dirname, "sockets.js"), { workerData });
  const post = (order: Outgoing): void => worker.postMessage(order);
  worker.on("error", (error) => {
    throw error;
  });

  return {
    send(channel, type, content, envelope = {}) {
      const { metadata = {} } = envelope;
      const message = createMessage(type, asJson(content), { ...envelope, metadata: asJson(metadata) });
      post({ kind: "message", channel, message });
    },
    onMessage(listener) {
      worker.on("message", ({ channel, message }: Incoming) => listener(channel, message));
      post({ kind: "ready" });
    },
    keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
    close: () =>
      new Promise((resolve) => {
        worker.once("exit", () => resolve());
        post({ kind: "close" });
      }),
  };
}
