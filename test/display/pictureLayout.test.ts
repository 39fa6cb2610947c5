import type { SKRSContext2D } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";
import { layOutPicture } from "../../src/display/pictureLayout";
import { ramp } from "./samples";

/** Every letter is 7 pixels wide. */
const ruler = { font: "", measureText: (text: string) => ({ width: 7 * text.length }) } as unknown as SKRSContext2D;

function labelsOf(...labels: readonly string[]): (readonly string[])[] {
  const tiles = labels.map((label) => ({ ...ramp(4, [0, 15], "sequential"), label }));
  return layOutPicture({ kind: "picture", title: "", alt: "", tiles }, ruler).tiles.map(({ label }) => label.lines);
}

describe("labels of tiles", () => {
  it("are broken after the slashes of a path", () => {
    expect(labelsOf("patient00001/study1/view1_frontal")).toEqual([["patient00001/study1/", "view1_frontal"]]);
  });

  it("that are too long for their tile even so lose the middle, so that none runs into the next", () => {
    const [label] = labelsOf("scans/1.2.840.113619.2.55.3.604688119.971.dcm");
    expect(label).toEqual(["scans/", "1.2.840.113…19.971.dcm"]);
    for (const line of label ?? []) expect(7 * line.length).toBeLessThanOrEqual(160);
  });

  it("that fit stay as they are, and words go to the next line", () => {
    expect(labelsOf("image_7.png", "a true positive of the first class")).toEqual([
      ["image_7.png"],
      ["a true positive of the", "first class"],
    ]);
  });
});
