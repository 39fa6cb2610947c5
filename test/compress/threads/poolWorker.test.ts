import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { bytesOf, firstAddress, growTo, kernelModule, runHere } from "../../../src/compress/kernel";
import { planKernel } from "../../../src/compress/kernel-plan";
import { toSettings } from "../../../src/compress/settings";
import { slotAt } from "../../../src/compress/threads/control";
import type { Job } from "../../../src/compress/threads/job";
import { layOut, regionBytes } from "../../../src/compress/threads/layout";
import { PoolWorker } from "../../../src/compress/threads/poolWorker";
import { Random } from "../../../src/core/random";

const images = 4;
const shape = [1, 200, 200] as const;

/** A job whose images take a worker some milliseconds each. */
function slowJob(wavelet: "db20" | "db30"): Job & { readonly expected: Float32Array } {
  const plan = planKernel(toSettings({ level: 3, patchGrid: 5, wavelet }, "test"), shape, "uint8");
  const random = new Random(4);
  const input = Uint8Array.from({ length: images * 200 * 200 }, () => random.uint32() & 255);
  const expected = new Float32Array((images * plan.outBytes) / 4);
  runHere(plan, bytesOf(input), expected, images);
  const output = new Float32Array(expected.length);
  return { plan, input, output, images, channels: 1, imageMs: 2, pause: () => Promise.resolve(), expected };
}

describe("a worker of the pool", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  const numbers = new Int32Array(new SharedArrayBuffer(4 * slotAt(1, 0)));
  const worker = new PoolWorker({ compiled: kernelModule("shared"), memory, numbers, worker: 0 });
  afterAll(() => worker.close());

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await delay(1);
  }

  it("finishes what nobody waits for any more, takes the next chunk meanwhile, and another job only when it is idle", async () => {
    const [first, second] = [slowJob("db20"), slowJob("db30")];
    const [layout, other] = [layOut(first, undefined), layOut(second, undefined)];
    growTo(memory, firstAddress + Math.max(regionBytes(layout), regionBytes(other)));
    worker.give(first, layout, firstAddress, { from: 0, count: 2 });
    await until(() => numbers[slotAt(0, 0)] === 2); // taken
    expect(worker.takeBack()).toBeUndefined();
    expect(worker.outwait(0)).toEqual({ from: 0, count: 2 });
    expect(worker.canTake(layout)).toBe(true);
    expect(worker.canTake(other)).toBe(false);
    worker.give(first, layout, firstAddress, { from: 2, count: 2 });
    let done = 0;
    await until(() => (done += worker.collect(first)) > 0);
    expect(done).toBe(2);
    const half = first.expected.length / 2;
    expect(first.output.subarray(half)).toEqual(first.expected.subarray(half));
    expect(first.output.subarray(0, half).every((value) => value === 0)).toBe(true);
    expect(worker.isIdle).toBe(true);
    expect(worker.canTake(other)).toBe(true);
    worker.give(second, other, firstAddress, { from: 0, count: 4 });
    await until(() => worker.collect(second) > 0);
    expect(second.output).toEqual(second.expected);
  });

  it("gives back what it has not begun, and forgets the rest when it is released", async () => {
    const job = slowJob("db20");
    const layout = layOut(job, undefined);
    worker.give(job, layout, firstAddress, { from: 0, count: 3 });
    await until(() => numbers.includes(2));
    worker.give(job, layout, firstAddress, { from: 3, count: 1 });
    expect(worker.takeBack()).toEqual({ from: 3, count: 1 });
    worker.release();
    expect(worker.collect(job)).toBe(0);
    await until(() => worker.isIdle);
    expect(worker.collect(job)).toBe(0);
    expect(job.output.every((value) => value === 0)).toBe(true);
  });
});
