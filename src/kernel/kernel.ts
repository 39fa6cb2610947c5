import { writeSync } from "node:fs";
import { createCompiler } from "./compiler";
import { installDisplay } from "./display";
import { createExecute } from "./handlers/execute";
import { createHistoryHandler } from "./handlers/history";
import { createLanguageHandlers } from "./handlers/language";
import { createHistory } from "./history";
import { acknowledgeInterrupt, type InterruptCells } from "./interrupt";
import { kernelInfo } from "./kernel-info";
import type { Link } from "./link";
import { captureStreams, createOutput } from "./output";
import { createPositions } from "./positions";
import { createRuntime } from "./runtime";
import { startSession } from "./session";
import { Interrupted, translateStacks } from "./traceback";

/** Puts the parts together and serves requests. */
export function startKernel(link: Link, interruptCells: InterruptCells): void {
  const positions = createPositions();
  const output = createOutput(link);
  const runtime = createRuntime(process.cwd(), createCompiler(positions), interruptCells);
  const history = createHistory();
  captureStreams(output);
  translateStacks(positions);
  installDisplay(output);

  process.on("SIGINT", () => {
    acknowledgeInterrupt(interruptCells);
    runtime.stop(new Interrupted());
  });

  async function shutdown(): Promise<void> {
    output.flush();
    await link.close();
    process.exit(0);
  }

  startSession({
    link,
    output,
    running: () => runtime.running?.request,
    log: (text) => writeSync(2, `deepfixcx kernel: ${text}\n`),
    handlers: {
      kernel_info_request: kernelInfo,
      execute_request: createExecute(runtime, output, history),
      ...createLanguageHandlers(runtime.executor),
      history_request: createHistoryHandler(history),
      comm_info_request: () => ({ status: "ok", comms: {} }),
      shutdown_request({ header, content }) {
        const reply = { status: "ok", restart: content["restart"] === true };
        link.send("iopub", "shutdown_reply", reply, { parent: header });
        setImmediate(() => void shutdown());
        return reply;
      },
    },
  });
}
