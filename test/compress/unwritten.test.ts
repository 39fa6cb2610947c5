import { afterEach, expect, it, vi } from "vitest";

afterEach(() => void vi.restoreAllMocks());

it.each([0, 1, 2, 5])("gives arrays also where memory is short: after %i large blocks", async (blocks) => {
  vi.resetModules();
  const { unwritten } = await import("../../src/compress/unwritten");
  const allocate = Buffer.allocUnsafeSlow.bind(Buffer);
  let large = 0;
  vi.spyOn(Buffer, "allocUnsafeSlow").mockImplementation((bytes) => {
    if (bytes > 1e7 && ++large > blocks) throw new RangeError("Array buffer allocation failed");
    return allocate(bytes);
  });
  expect(unwritten(10)).toHaveLength(10);
  await new Promise((resolve) => setTimeout(resolve, 50)); // an error thrown meanwhile fails the test
  expect(unwritten(10)).toHaveLength(10);
  expect(large).toBe(Math.min(blocks + 1, 5));
});
