import { describe, expect, it } from "vitest";
import { figureSvg } from "../../src/display/plot";
import { figures } from "./samples";

/** What a reader of a changed drawing wants to see: coordinates to a tenth of a pixel, no ids that Plotly makes up, no pixels. */
function readable(svg: string): string {
  return svg
    .replace(/data:image\/png;base64,[^"]+/g, "PIXELS")
    .replace(/(clip|legend|cb|g|defs-|topdefs-|trace)[0-9a-f]{6}/g, "$1ID")
    .replace(/-?\d+\.\d+/g, (number) => Number(Number(number).toFixed(1)).toString())
    .replaceAll("><", ">\n<");
}

describe("figures drawn without a browser", () => {
  it.each(["bars", "heat"])("keep the drawing of %s", async (name) => {
    const figure = figures[name];
    if (figure === undefined) throw new Error(name);
    expect(readable(await figureSvg(figure))).toMatchSnapshot();
  });

  it("are the same drawing however often they are drawn", async () => {
    const figure = figures["line"];
    if (figure === undefined) throw new Error();
    const first = readable(await figureSvg(figure));
    await figureSvg({ ...figure, title: "another" });
    expect(readable(await figureSvg(figure))).toBe(first);
  });

  it("keep titles, labels and legends inside the figure and apart from each other", async () => {
    for (const figure of Object.values(figures)) {
      const svg = await figureSvg(figure);
      const y = [...svg.matchAll(/<tspan class="line"[^>]* y="([\d.]+)"/g)].map((match) => Number(match[1]));
      expect(Math.min(1, ...y)).toBeGreaterThanOrEqual(0);
      expect(svg).toContain(`width="${figure.width ?? 640}" height="${figure.height ?? 400}"`);
    }
  });

  it("take words as words, not as HTML", async () => {
    const svg = await figureSvg({ kind: "figure", title: "a < b & c", alt: "", traces: [{ type: "bar", y: [1] }] });
    expect(svg).toContain("a &#60; b &amp; c");
  });
});
