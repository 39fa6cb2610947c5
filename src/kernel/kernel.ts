import { writeSync } from "node:fs";
import type { Cell } from "./cell";
import { createComms, type Comms } from "./comms";
import { portsOf, type Connection } from "./connection";
import { createInput, type Input } from "./input";
import { createWidget, type WidgetOptions } from "./widget";
import { createCompiler } from "./compiler";
import { installDisplay } from "./display";
import { surviveFailures } from "./failures";
import { createExecute } from "./handlers/execute";
import { createHistoryHandler } from "./handlers/history";
import { createLanguageHandlers } from "./handlers/language";
import { createHistory } from "./history";
import { acknowledgeInterrupt, prepareForCutOff, type InterruptCells } from "./interrupt";
import { kernelInfo } from "./kernel-info";
import type { Link } from "./link";
import { offerModules } from "./modules";
import { captureStreams, createOutput, type Output } from "./output";
import { createPositions } from "./positions";
import { createRuntime } from "./runtime";
import { startSession } from "./session";
import { describeError, Interrupted, translateStacks } from "./traceback";

/** Puts the parts together and serves requests. */
export function startKernel(connection: Connection, link: Link, interruptCells: InterruptCells): void {
  let cutOffs = 0;
  const positions = createPositions();
  const output = createOutput(link);
  const runtime = createRuntime(
    process.cwd(),
    offerModules(process.cwd()),
    createCompiler(positions, interruptCells),
    interruptCells,
    (idle) =>
      // After a cut-off Node's count of the timers that keep it alive can be wrong.
      link.keepAlive(idle || cutOffs > 0),
  );
  const history = createHistory();
  const comms = createComms(output);
  const input = createInput(link, output);
  captureStreams(output);
  translateStacks(positions);
  installDisplay(output);
  installGlobals(comms, input);

  const exit = process.exit.bind(process);
  surviveFailures({
    runtime,
    mayEnd: () => comms.size > 0 || input.waiting > 0 || cutOffs > 0,
    keepAlive: () => link.keepAlive(true),
    report: (error, cell) => reportError(error, cell, output),
  });

  process.on("SIGINT", () => {
    acknowledgeInterrupt(interruptCells);
    runtime.stop(new Interrupted());
  });
  // The signal that comes again finds the main thread free.
  prepareForCutOff(new Interrupted(), () => {
    cutOffs++;
    link.keepAlive(true);
  });

  async function shutdown(): Promise<void> {
    output.flush();
    await link.close();
    exit(0);
  }

  startSession({
    link,
    output,
    answered: (message) => input.receive(message),
    running: () => runtime.running?.request,
    log: (text) => writeSync(2, `deepfixcx kernel: ${text}\n`),
    handlers: {
      kernel_info_request: kernelInfo,
      execute_request: createExecute(runtime, output, history),
      ...createLanguageHandlers(runtime.executor),
      history_request: createHistoryHandler(history),
      ...comms.handlers,
      connect_request: () => portsOf(connection),
      debug_request: ({ content }) => ({
        type: "response",
        request_seq: content["seq"],
        command: content["command"],
        success: false,
        message: "this kernel has no debugger",
      }),
      shutdown_request({ header, content }) {
        const reply = { status: "ok", restart: content["restart"] === true };
        link.send("iopub", "shutdown_reply", reply, { parent: header });
        setImmediate(() => void shutdown());
        return reply;
      },
    },
  });
}

/** An error of work that went on after its cell. */
function reportError(error: unknown, cell: Cell | undefined, output: Output): void {
  const { traceback } = describeError(error, new Map(), []);
  const text = `${traceback.join("\n")}\n`;
  if (cell === undefined) writeSync(2, text);
  else output.write(cell, "stderr", text);
}

/** What cells use without importing it; `kernel-spec/types/cells` declares the same. */
function installGlobals(comms: Comms, input: Input): void {
  Object.assign(globalThis, {
    input: (prompt = "", { password = false }: { readonly password?: boolean } = {}) => input.ask(prompt, password),
    openComm: comms.open,
    registerCommTarget: comms.registerTarget,
    anywidget: (options: WidgetOptions) => createWidget(comms, options),
  });
}
