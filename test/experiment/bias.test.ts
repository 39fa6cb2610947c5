import { describe, expect, it } from "vitest";
import { subBandsOf } from "../../src/explain/bands";
import type { Attribution } from "../../src/explain/attribution";
import { classClusters, edgeBias } from "../../src/experiment/bias";
import { ward } from "../../src/experiment/ward";

/** An attribution of which only what the figures read is there. */
function attribution(target: string, edges: number[], patches: number[]): Attribution {
  const map = { name: "all images", edges: Float64Array.from(edges), patches: Float64Array.from(patches) };
  return { target, subBands: subBandsOf(1), maps: [map] } as unknown as Attribution;
}

describe("ward", () => {
  it("joins what is nearest first, at the heights that the criterion gives by hand", () => {
    const joined = ward([
      [0, 0],
      [0, 1],
      [4, 0],
      [5, 2],
    ]);
    expect(joined.map(({ parts, leaves }) => [parts, leaves])).toEqual([
      [
        [0, 1],
        [0, 1],
      ],
      [
        [2, 3],
        [2, 3],
      ],
      [
        [4, 5],
        [0, 1, 2, 3],
      ],
    ]);
    // Two pairs with means (0, .5) and (4.5, 1): sqrt(2 * 2 * 2 / 4 * (4.5^2 + .5^2)).
    expect(joined.map(({ height }) => height)).toBeAllclose([1, Math.sqrt(5), Math.sqrt(41)], { rtol: 1e-12, atol: 0 });
  });
});

describe("edgeBias", () => {
  it("stacks the shares of each edge scale and orientation by class", () => {
    const figure = edgeBias([
      attribution("a", [0.1, 0.6, 0.2, 0.1], [1, 0]),
      attribution("b", [0.4, 0.2, 0.2, 0.2], [0, 1]),
    ]);
    expect(figure.title).toContain("a is read most (60 %)");
    expect(figure.traces.map(({ name, x }) => [name, x])).toContainEqual(["vertical, 2 px", [0.6, 0.2]]);
  });
});

describe("classClusters", () => {
  it("puts classes together whose attributions lie in the same places", () => {
    const classes = [
      attribution("a", [], [1, 0, 0]),
      attribution("b", [], [0, 0, 1]),
      attribution("c", [], [2, 0.1, 0]),
    ];
    expect(classClusters(classes).title).toContain("a and c");
    expect(() => classClusters(classes.slice(0, 1))).toThrow(/two classes/);
  });
});
