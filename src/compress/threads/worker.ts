import { workerData } from "node:worker_threads";
import { instantiate } from "../kernel";
import { slotAt, slotFields, slotsEach, state, waitWhile } from "./control";

/** What a worker of the pool is started with. */
export interface WorkerStart {
  readonly compiled: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly numbers: Int32Array;
  /** Which of the workers this is, from 0 on. */
  readonly worker: number;
}

const { compiled, memory, numbers, worker } = workerData as WorkerStart;
const { run } = instantiate(compiled, memory);

for (let turn = 0; ; turn = (turn + 1) % slotsEach) {
  const slot = slotAt(worker, turn);
  const read = (field: number): number => (numbers[slot + field] as number) >>> 0;
  let seen: number;
  while ((seen = Atomics.compareExchange(numbers, slot, state.filled, state.taken)) !== state.filled) {
    waitWhile(numbers, slot, seen, Infinity);
  }
  run(
    read(slotFields.plan),
    read(slotFields.input),
    read(slotFields.output),
    read(slotFields.scratch),
    read(slotFields.channels),
  );
  Atomics.store(numbers, slot, state.done);
  Atomics.notify(numbers, slot);
}
