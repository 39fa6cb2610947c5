import { parentPort, workerData } from "node:worker_threads";
import { encodeRows } from "./encode";
import type { EncodeStart } from "./encoders";
import type { Rows } from "./rows";

const { columns, metadata } = workerData as EncodeStart;

parentPort?.on("message", (rows: Rows) => {
  const file = encodeRows(rows, columns, metadata);
  parentPort?.postMessage(file, [file.buffer as ArrayBuffer]);
});
