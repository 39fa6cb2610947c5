import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DataError } from "../../src/core/errors";
import { findInputs } from "../../src/data/inputs/findInputs";
import { readHeaders } from "../../src/data/readImages";
import { readImages } from "../../src/index";
import { scratchFolder } from "./pictures";

const folder = await scratchFolder();
const headerBytes = 352;

interface Parts {
  readonly big?: boolean;
  readonly slope?: number;
  readonly intercept?: number;
  readonly display?: readonly [number, number];
  readonly type?: number;
}

/** A NIfTI-1 file of 16-bit signed numbers, 3 columns, 2 rows and 2 slices, unless another type is named. */
function niftiFile(
  values: readonly number[],
  { big = false, slope = 0, intercept = 0, display, type = 4 }: Parts,
): Buffer {
  const bytes = Buffer.alloc(headerBytes + 2 * values.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setInt32(0, 348, !big);
  [3, 3, 2, 2, 1, 1, 1, 1].forEach((length, at) => view.setInt16(40 + 2 * at, length, !big));
  view.setInt16(70, type, !big);
  view.setInt16(72, 16, !big);
  view.setFloat32(108, headerBytes, !big);
  view.setFloat32(112, slope, !big);
  view.setFloat32(116, intercept, !big);
  const [black, white] = display ?? [0, 0];
  view.setFloat32(124, white, !big);
  view.setFloat32(128, black, !big);
  bytes.write("n+1\0", 344, "latin1");
  values.forEach((value, at) => view.setInt16(headerBytes + 2 * at, value, !big));
  return bytes;
}

describe("NIfTI files", () => {
  const values = [-100, 0, 100, 200, 300, 400, -200, -50, 50, 150, 250, 350];

  async function read(name: string, bytes: Uint8Array, options = {}): Promise<readonly number[]> {
    await writeFile(join(folder, name), bytes);
    const { shape, ids, pixels } = await readImages(join(folder, name), options);
    expect(shape).toEqual([2, 1, 2, 3]);
    expect(ids).toEqual([`${name}#0`, `${name}#1`]);
    return [...pixels];
  }

  it("become one image a slice, in either byte order, packed or not", async () => {
    const whole = values.map((value) => value + 32768);
    expect(await read("little.nii", niftiFile(values, {}))).toEqual(whole);
    expect(await read("big.nii", niftiFile(values, { big: true }))).toEqual(whole);
    expect(await read("packed.nii.gz", gzipSync(niftiFile(values, {})))).toEqual(whole);
  });

  it("are rescaled and cut to their display range, or to what each slice holds", async () => {
    const scaled = niftiFile(values, { slope: 2, intercept: 10, display: [-90, 510] });
    const share = (value: number): number => Math.min(1, Math.max(0, (2 * value + 10 + 90) / 600));
    expect(await read("scaled.nii", scaled)).toEqual(values.map((value) => Math.round(share(value) * 65535)));
    const bySlice = values.map((value, at) =>
      Math.round(((value - (at < 6 ? -100 : -200)) / (at < 6 ? 500 : 550)) * 65535),
    );
    expect(await read("data.nii", scaled, { intensity: "data" })).toEqual(bySlice);
  });

  it("are refused where they are damaged or of a type that is no brightness", async () => {
    await expect(read("short.nii", niftiFile(values, {}).subarray(0, 360))).rejects.toThrow(/360 bytes of 376/);
    await expect(read("complex.nii", niftiFile(values, { type: 32 }))).rejects.toThrow(/type 32/);
    await expect(read("none.nii", Buffer.from("no image"))).rejects.toThrow(DataError);
    await expect(read("broken.nii.gz", gzipSync(niftiFile(values, {})).subarray(0, 60))).rejects.toThrow(DataError);
  });

  it("are checked by their header once for all slices", async () => {
    const place = join(folder, "checked");
    await mkdir(place);
    await writeFile(join(place, "good.nii"), niftiFile(values, {}));
    const files = (await findInputs([place])).files;
    const { usable } = await readHeaders(files);
    expect(usable).toMatchObject([
      { id: "good.nii#0", shape: [1, 2, 3], bits: 16 },
      { id: "good.nii#1", shape: [1, 2, 3], bits: 16 },
    ]);
    const { rejected } = await readHeaders(files, { minSide: 4 });
    expect(rejected.map(({ id }) => id)).toEqual(["good.nii#0", "good.nii#1"]);
    expect(rejected[1]?.reason).toMatch(/sides of at least 4, got 2x3/);
  });

  it("are refused where a small file, packed, holds more slices than can be listed", async () => {
    const bytes = niftiFile(Array<number>(16_384 * 10).fill(0), { type: 2 });
    [4, 1, 1, 32_767, 10].forEach((length, at) => bytes.writeInt16LE(length, 40 + 2 * at));
    await expect(read("many.nii.gz", gzipSync(bytes))).rejects.toThrow(
      /at most 250,000 images in one file, got 327,670/,
    );
  });
});
