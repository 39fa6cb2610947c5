import { workerData } from "node:worker_threads";
import { instantiate } from "../kernel";
import { claim, control, doChunk } from "./control";

/** What a worker of the pool is started with. */
export interface WorkerStart {
  readonly compiled: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly numbers: Int32Array;
  /** Where this thread's plan and scratch addresses stand in the control block. */
  readonly threadPlace: number;
}

const { compiled, memory, numbers, threadPlace } = workerData as WorkerStart;
const kernel = instantiate(compiled, memory);

for (;;) {
  const seen = Atomics.load(numbers, control.published);
  Atomics.add(numbers, control.busy, 1);
  for (let chunk = claim(numbers); chunk !== undefined; chunk = claim(numbers)) {
    doChunk(numbers, chunk, threadPlace, kernel.run);
  }
  Atomics.sub(numbers, control.busy, 1);
  Atomics.wait(numbers, control.published, seen);
}
