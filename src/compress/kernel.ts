import { ShapeError } from "../core/errors";
import { align, mostKept } from "./kernel-memory";
import type { KernelPlan } from "./kernel-plan";
import { privateKernel, sharedKernel } from "./kernel.generated";

export { align };

/** The kernels on one memory, as one thread uses them. */
export interface Kernel {
  readonly memory: WebAssembly.Memory;
  /** Does what a plan says with channels that lie behind each other: addresses of plan, input, output and scratch. */
  readonly run: (plan: number, input: number, output: number, scratch: number, channels: number) => void;
}

export const pageBytes = 65536;
/** Addresses below are never used, so that a wrong null is found out. */
export const firstAddress = 1024;

const modules = new Map<string, WebAssembly.Module>();

/** The compiled kernels: for memory that threads share, or for memory of one's own. Compiled once a thread. */
export function kernelModule(kind: "shared" | "private"): WebAssembly.Module {
  let module = modules.get(kind);
  if (module === undefined) {
    const text = atob(kind === "shared" ? sharedKernel : privateKernel);
    module = new WebAssembly.Module(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
    modules.set(kind, module);
  }
  return module;
}

/** The kernels of a module on a memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernel {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { memory, run: exports["run"] as Kernel["run"] };
}

/** Makes a memory at least this long. */
export function growTo(memory: WebAssembly.Memory, bytes: number): void {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / pageBytes);
  if (missing <= 0) return;
  try {
    memory.grow(missing);
  } catch (cause) {
    const required = "images that fit the 4 GB of a kernel's memory";
    throw new ShapeError({ where: "compress", required, got: `a need of ${bytes} bytes` }, { cause });
  }
}

// One for the whole thread: every memory reserves address space, so that one a call would run out of it.
let own: Kernel | undefined;
let latest: Desk | undefined;
const groupBytes = 128 * 1024; // of input done at once, which stays in a near cache

/** The memory of this thread's kernels, laid out for groups of channels that a plan is for. */
interface Desk {
  readonly plan: KernelPlan;
  /** Channels done at once. */
  readonly group: number;
  readonly input: Uint8Array;
  readonly output: Float32Array;
}

/**
 * Does what a plan says with images on this thread, with a memory of its own.
 *
 * @param input - the bytes of the images' pixels or pooled values
 * @param output - a number for every result
 * @param channels - how many channels there are in all images
 */
export function runHere(plan: KernelPlan, input: Uint8Array, output: Float32Array, channels: number): void {
  own ??= instantiate(kernelModule("private"), new WebAssembly.Memory({ initial: 1 }));
  const group = Math.max(1, Math.min(channels, Math.floor(groupBytes / plan.inputBytes)));
  if (latest?.plan !== plan || latest.group < group) latest = layDesk(own.memory, plan, group);
  const desk = latest;
  const scratch = firstAddress + plan.planBytes;
  const perChannel = plan.outBytes / 4;
  for (let done = 0; done < channels; done += group) {
    const count = Math.min(group, channels - done);
    desk.input.set(
      count === channels ? input : input.subarray(done * plan.inputBytes, (done + count) * plan.inputBytes),
    );
    own.run(firstAddress, desk.input.byteOffset, desk.output.byteOffset, scratch, count);
    const results = count === desk.group ? desk.output : desk.output.subarray(0, count * perChannel);
    output.set(results, done * perChannel);
  }
  if (own.memory.buffer.byteLength > mostKept) [own, latest] = [undefined, undefined];
}

function layDesk(memory: WebAssembly.Memory, plan: KernelPlan, group: number): Desk {
  const from = align(firstAddress + plan.workspaceBytes);
  const to = align(from + group * plan.inputBytes);
  growTo(memory, to + group * plan.outBytes);
  plan.write(memory.buffer, firstAddress);
  const input = new Uint8Array(memory.buffer, from, group * plan.inputBytes);
  return { plan, group, input, output: new Float32Array(memory.buffer, to, (group * plan.outBytes) / 4) };
}

/** Another module's memory, some of which it keeps for the kernels. */
export interface Host {
  readonly memory: WebAssembly.Memory;
  /** Where so many bytes are kept from now on, instead of those before; 0 where there is no memory. */
  readonly keep: (bytes: number) => number;
}

/** The kernels in another module's memory, so that images which it has made there need not be copied. */
export class GuestKernel {
  readonly #host: Host;
  readonly #run: Kernel["run"];
  #plan: KernelPlan | undefined;
  #workspace = 0;

  constructor(host: Host) {
    this.#host = host;
    this.#run = instantiate(kernelModule("private"), host.memory).run;
  }

  /** As {@link runHere}, for input in the host's memory, which it may overwrite. */
  run(plan: KernelPlan, input: Uint8Array, output: Float32Array, channels: number): void {
    if (plan !== this.#plan) {
      runHere(plan, input, output, channels);
      this.#prepare(plan);
      return;
    }
    const to = this.#workspace + align(plan.workspaceBytes);
    for (let done = 0; done < channels; done++) {
      const from = input.byteOffset + done * plan.inputBytes;
      this.#run(this.#workspace, from, to, this.#workspace + plan.planBytes, 1);
      output.set(new Float32Array(this.#host.memory.buffer, to, plan.outBytes / 4), (done * plan.outBytes) / 4);
    }
  }

  /** For the next time: what is kept may lie where this time's input is. */
  #prepare(plan: KernelPlan): void {
    this.#workspace = this.#host.keep(align(plan.workspaceBytes) + plan.outBytes);
    this.#plan = this.#workspace === 0 ? undefined : plan;
    if (this.#workspace !== 0) plan.write(this.#host.memory.buffer, this.#workspace);
  }
}

/** The bytes of a typed array. */
export function bytesOf(array: Uint8Array | Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
