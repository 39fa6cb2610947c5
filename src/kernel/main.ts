import { writeSync } from "node:fs";
import { readConnection } from "./connection";
import { createInterruptCells } from "./interrupt";
import { openLink } from "./link";

/** `node main.js CONNECTION_FILE`: the kernel. The sockets open first, so that clients are heard while the compiler loads. */
const [, , file] = process.argv;
if (file === undefined) {
  writeSync(2, "usage: node main.js CONNECTION_FILE (Jupyter starts this; see `deepfixcx kernel install`)\n");
  process.exit(2);
}
const interruptCells = createInterruptCells();
const connection = readConnection(file);
const link = openLink(connection, interruptCells);
void import("./kernel.js").then(({ startKernel }) => startKernel(connection, link, interruptCells));
