import { readFileSync } from "node:fs";
import type { Json } from "./wire";

/** What a Jupyter connection file says. */
export interface Connection {
  readonly transport: "tcp" | "ipc";
  readonly ip: string;
  readonly key: string;
  readonly signature_scheme: string;
  readonly shell_port: number;
  readonly control_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly hb_port: number;
}

/** The five sockets, by the names that the specification gives them. */
export type Channel = "shell" | "control" | "iopub" | "stdin" | "hb";

/** @throws Error when the file cannot be read or is not JSON */
export function readConnection(file: string): Connection {
  return JSON.parse(readFileSync(file, "utf8")) as Connection;
}

/** The ZeroMQ address of a channel: `tcp://127.0.0.1:50123`, or for ipc a socket file whose name ends in the port. */
export function addressOf(connection: Connection, channel: Channel): string {
  const port = connection[`${channel}_port`];
  return connection.transport === "ipc" ? `ipc://${connection.ip}-${port}` : `tcp://${connection.ip}:${port}`;
}

/** The answer to `connect_request`. */
export function portsOf({ shell_port, iopub_port, stdin_port, hb_port, control_port }: Connection): Json {
  return { status: "ok", shell_port, iopub_port, stdin_port, hb_port, control_port };
}
