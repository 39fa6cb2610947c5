import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as Bundle from "../../src/display/bundle";
import type * as CoreHost from "../../src/core/host";
import type { Figure } from "../../src/display/view";
import { figures, picture, table } from "./samples";

const figure = figures["bars"] as Figure;
const holdsLibrary = ({ "text/html": html }: CoreHost.MimeBundle): boolean => (html as string).length > 400_000;

// Each test is a process of its own to the module that counts who carries the library.
let toBundle: typeof Bundle.toBundle;
let setHost: typeof CoreHost.setHost;
beforeEach(async () => {
  vi.resetModules();
  ({ toBundle } = await import("../../src/display/bundle"));
  ({ setHost } = await import("../../src/core/host"));
});
afterEach(() => setHost(undefined));

const inCell = (cell: string | undefined): void =>
  setHost({
    show: () => {},
    update: () => {},
    signal: new AbortController().signal,
    ...(cell === undefined ? {} : { cell }),
  });

describe("the bundle of a figure", () => {
  it("has a picture for every kind of viewer", async () => {
    const bundle = await toBundle(figure);
    expect(Object.keys(bundle)).toEqual(["text/html", "image/png", "text/plain"]);
    expect(bundle["text/html"]).toMatch(/^<div data-figure="[0-9a-f]{16}"><img src="data:image\/png;base64,/);
    expect(bundle["text/html"]).toContain(`alt="Bars: model 0.863 [0.828, 0.894]`);
    expect(
      Buffer.from(bundle["image/png"] as string, "base64")
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    expect(bundle["text/plain"]).toBe(`${figure.title}\n${figure.alt}`);
  });

  it("carries the library the first time only, also when tables come between", async () => {
    expect(holdsLibrary(await toBundle(table))).toBe(false);
    expect(holdsLibrary(await toBundle({ kind: "page", views: [table, figure] }))).toBe(true);
    const later = await toBundle(figure);
    expect(holdsLibrary(later)).toBe(false);
    expect(JSON.stringify(later).length).toBeLessThan(60_000);
  });

  it("carries the library again when the cell that holds it is rerun, and once in that run", async () => {
    inCell("a");
    expect(holdsLibrary(await toBundle(figure))).toBe(true);
    expect(holdsLibrary(await toBundle(figure))).toBe(false);
    inCell("b");
    expect(holdsLibrary(await toBundle(figure))).toBe(false);
    inCell("a");
    expect(holdsLibrary(await toBundle(figure))).toBe(true);
    expect(holdsLibrary(await toBundle(figure))).toBe(false);
  });

  it("carries the library once where cells have no names", async () => {
    inCell(undefined);
    expect(holdsLibrary(await toBundle(figure))).toBe(true);
    inCell(undefined);
    expect(holdsLibrary(await toBundle(figure))).toBe(false);
  });

  it("is the same in every run", async () => {
    await toBundle(figure);
    expect(await toBundle(figure)).toEqual(await toBundle(figure));
  });

  it("cannot be left by words in it", async () => {
    const { "text/html": html } = await toBundle({ ...figure, title: "</script><img onerror=x>", alt: `"><script>` });
    expect((html as string).match(/<script/g)).toHaveLength(2); // its own and the library's
    expect((html as string).match(/<img/g)).toHaveLength(1);
  });
});

describe("the bundle of other views", () => {
  it("is HTML, PNG and text for a picture", async () => {
    const bundle = await toBundle(picture);
    expect(Object.keys(bundle)).toEqual(["text/html", "image/png", "text/plain"]);
    expect(bundle["text/html"]).not.toContain("<script");
  });

  it("is HTML and text for the rest, one below the other on a page", async () => {
    const bundle = await toBundle({
      kind: "page",
      title: "Both",
      views: [{ kind: "note", text: "a < b\n\nc" }, table],
    });
    expect(Object.keys(bundle)).toEqual(["text/html", "text/plain"]);
    expect(bundle["text/html"]).toMatch(/<h3>Both<\/h3>\n<p[^>]*>a &lt; b<\/p>\n<p[^>]*>c<\/p>\n<div/);
    expect(bundle["text/plain"]).toMatch(/^Both\n\na < b\n\nc\n\nResults/);
  });
});
