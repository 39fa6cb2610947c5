import { describe, expect, it } from "vitest";
import { planKernel } from "../../src/compress/kernel-plan";
import { align, firstAddress, growTo, instantiate, kernelModule } from "../../src/compress/kernel";
import { poolings, toSettings } from "../../src/compress/settings";
import { Random } from "../../src/core/random";

const guard = 256; // bytes around everything that a kernel may write
const mark = 0xa5;

describe("the kernels", () => {
  it("write to their scratch and results alone, whatever the shape and settings", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { run } = instantiate(kernelModule("private"), memory);
    const random = new Random(3);
    const upTo = (most: number): number => 1 + Math.floor(random.uniform() * most);
    for (let round = 0; round < 400; round++) {
      const level = upTo(9);
      const [rows, cols] = [2 ** level - 1 + upTo(90), 2 ** level - 1 + upTo(90)];
      const patchGrid = [upTo(Math.ceil(rows / 2 ** level)), upTo(Math.ceil(cols / 2 ** level))] as const;
      const pooling = round % 3 > 0 ? "l1" : poolings.slice(0, upTo(poolings.length));
      const wavelet = round % 4 > 0 ? "haar" : "db3";
      const kind = (["uint8", "uint8", "uint16", "float32"] as const)[upTo(4) - 1] ?? "uint8";
      const plan = planKernel(toSettings({ level, patchGrid, pooling, wavelet }, "test"), [1, rows, cols], kind);
      const workspace = align(firstAddress + guard);
      const input = align(workspace + plan.workspaceBytes + guard);
      const output = align(input + plan.inputBytes + guard);
      const end = output + plan.outBytes + guard;
      growTo(memory, end);
      const bytes = new Uint8Array(memory.buffer);
      bytes.fill(mark, 0, end);
      plan.write(memory.buffer, workspace);
      const pixels = Uint8Array.from({ length: plan.inputBytes }, () => (random.uint32() & 1 ? 63 : 0));
      bytes.set(pixels, input);
      run(workspace, input, output, workspace + plan.planBytes, 1);
      const untouched = [
        [0, workspace],
        [workspace + plan.workspaceBytes, input],
        [input + plan.inputBytes, output],
        [output + plan.outBytes, end],
      ] as const;
      const what = JSON.stringify({ level, patchGrid, pooling, wavelet, rows, cols, kind });
      for (const [from, to] of untouched) {
        expect(
          bytes.subarray(from, to).findIndex((byte) => byte !== mark),
          `${what}, from ${from}`,
        ).toBe(-1);
      }
      expect(Buffer.compare(bytes.subarray(input, input + plan.inputBytes), pixels), `input of ${what}`).toBe(0);
    }
  });
});
