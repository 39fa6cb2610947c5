import { beforeAll, describe, expect, it } from "vitest";
import { firstAddress, growTo, instantiate, kernelModule, runHere } from "../../../src/compress/kernel";
import { planKernel } from "../../../src/compress/kernel-plan";
import { toSettings } from "../../../src/compress/settings";
import { slotAt, slotFields, state } from "../../../src/compress/threads/control";
import type { Job } from "../../../src/compress/threads/job";
import { layOut, regionBytes } from "../../../src/compress/threads/layout";
import { PoolWorker } from "../../../src/compress/threads/poolWorker";
import { Random } from "../../../src/core/random";

const images = 4;
const shape = [1, 64, 64] as const;

function jobOf(patchGrid: number): Job & { readonly expected: Float32Array } {
  const plan = planKernel(toSettings({ level: 2, patchGrid }, "test"), shape, "uint8");
  const random = new Random(4);
  const input = Uint8Array.from({ length: images * 64 * 64 }, () => random.uint32() & 255);
  const expected = new Float32Array((images * plan.outBytes) / 4);
  runHere(plan, input, expected, images);
  const output = new Float32Array(expected.length);
  const wait = <T>(promise: Promise<T>): Promise<T> => promise;
  const job = {
    where: "test",
    remedy: "",
    plan,
    input,
    output,
    channels: images,
    pause: () => Promise.resolve(),
    wait,
  };
  return { ...job, expected };
}

describe("the layout", () => {
  it("keeps no more large images at hand than fit the memory of several workers", () => {
    const plan = planKernel(toSettings({ level: 3, patchGrid: 9 }, "test"), [3, 6000, 4000], "float32");
    const layout = layOut({ plan }, undefined);
    expect([layout.mostChannels, layout.places]).toEqual([1, 2]);
    expect(regionBytes(layout)).toBeLessThan(2 ** 30);
  });

  it("makes room for one channel at a time where two do not fit the memory, whatever their number in an image", () => {
    const settings = toSettings({ level: 3, patchGrid: 8 }, "test");
    const layout = layOut({ plan: planKernel(settings, [65, 16384, 16384], "float32") }, undefined);
    expect([layout.mostChannels, layout.places]).toEqual([1, 1]);
    expect(regionBytes(layout)).toBeLessThan(2 ** 32);
  });
});

describe("a worker of the pool", () => {
  const compiled = kernelModule("shared");
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  const numbers = new Int32Array(new SharedArrayBuffer(4 * slotAt(1, 0)));
  const worker = new PoolWorker({ compiled, memory, numbers, worker: 0 });
  const { run } = instantiate(compiled, memory);
  // The thread ends at once and the test does its work, so that it is known when it does what.
  beforeAll(() => worker.close());

  const take = (slot: number): void => {
    expect(Atomics.compareExchange(numbers, slotAt(0, slot), state.filled, state.taken)).toBe(state.filled);
  };
  const finish = (slot: number): void => {
    const at = slotAt(0, slot);
    const field = (name: keyof typeof slotFields): number => numbers[at + slotFields[name]] as number;
    run(field("plan"), field("input"), field("output"), field("scratch"), field("channels"));
    Atomics.store(numbers, at, state.done);
  };

  it("is of no use once its thread has ended, for whatever reason", () => {
    expect(worker.failure?.message).toMatch(/^a thread of compress ended with code \d+$/);
  });

  it("finishes what nobody waits for any more, and is given another job only once it has", () => {
    const [first, second] = [jobOf(5), jobOf(3)];
    const [layout, other] = [layOut(first, undefined), layOut(second, undefined)];
    growTo(memory, firstAddress + Math.max(regionBytes(layout), regionBytes(other)));
    worker.give(first, layout, firstAddress, { from: 0, count: 2 });
    take(0);
    expect(worker.takeBack()).toBeUndefined();
    expect(worker.outwait(0)).toEqual({ from: 0, count: 2 });
    expect([worker.canTake(layout), worker.canTake(other)]).toEqual([true, false]);
    worker.give(first, layout, firstAddress, { from: 2, count: 2 });
    finish(0);
    expect(worker.collect(first)).toBe(0);
    take(1);
    finish(1);
    expect(worker.collect(first)).toBe(2);
    const half = first.expected.length / 2;
    expect(first.output.subarray(half)).toEqual(first.expected.subarray(half));
    expect(first.output.subarray(0, half).every((value) => value === 0)).toBe(true);
    expect(worker.canTake(other)).toBe(true);
    worker.give(second, other, firstAddress, { from: 0, count: 4 });
    take(2);
    finish(2);
    expect(worker.outwait(1000)).toBeUndefined();
    expect(worker.collect(second)).toBe(4);
    expect(second.output).toEqual(second.expected);
  });

  it("never has a slot filled over a chunk that it is still at", () => {
    const job = jobOf(5);
    const layout = layOut(job, undefined);
    const slots: number[] = [];
    for (let chunk = 0; chunk < 4; chunk++) {
      expect(worker.canTake(layout)).toBe(true);
      worker.give(job, layout, firstAddress, { from: chunk, count: 1 });
      slots.push([0, 1, 2, 3].find((slot) => !slots.includes(slot) && numbers[slotAt(0, slot)] === state.filled) ?? -1);
    }
    const [oldest, ...others] = slots as [number, ...number[]];
    take(oldest);
    expect(worker.outwait(0)).toEqual({ from: 0, count: 1 });
    while (worker.takeBack() !== undefined);
    for (const slot of others) {
      expect(worker.canTake(layout)).toBe(true);
      worker.give(job, layout, firstAddress, { from: 1, count: 1 });
      expect(numbers[slotAt(0, slot)]).toBe(state.filled);
    }
    expect(worker.canTake(layout)).toBe(false);
    worker.release();
    finish(oldest);
    expect(worker.isIdle).toBe(true);
  });

  it("takes no more chunks than there are places", () => {
    const job = jobOf(5);
    const layout = { ...layOut(job, undefined), places: 2 };
    for (let chunk = 0; chunk < 2; chunk++) {
      expect(worker.canTake(layout)).toBe(true);
      worker.give(job, layout, firstAddress, { from: chunk, count: 1 });
    }
    expect(worker.canTake(layout)).toBe(false);
    expect([worker.takeBack(), worker.takeBack()].map((chunk) => chunk?.from)).toEqual([1, 0]);
    expect(worker.canTake(layout)).toBe(true);
  });

  it("gives back what it has not begun, and forgets the rest when it is released", () => {
    const job = jobOf(5);
    const layout = layOut(job, undefined);
    worker.give(job, layout, firstAddress, { from: 0, count: 3 });
    const slot = [0, 1, 2, 3].find((one) => numbers[slotAt(0, one)] === state.filled) as number;
    take(slot);
    worker.give(job, layout, firstAddress, { from: 3, count: 1 });
    expect(worker.takeBack()).toEqual({ from: 3, count: 1 });
    worker.release();
    expect(worker.isIdle).toBe(false);
    finish(slot);
    expect(worker.collect(job)).toBe(0);
    expect(worker.isIdle).toBe(true);
    expect(job.output.every((value) => value === 0)).toBe(true);
  });
});
