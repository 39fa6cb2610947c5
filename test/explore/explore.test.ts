import { describe, expect, it } from "vitest";
import { phantomDataset } from "../../src/data/phantoms/phantom";
import { displaySymbol, explore, type Images, OptionError, ShapeError } from "../../src/index";

const images: Images = {
  pixels: Float32Array.from({ length: 2 * 20 * 30 }, (_, at) => (at % 97) / 96),
  shape: [2, 1, 20, 30],
  ids: ["first", "second"],
};

type Bundle = Readonly<Record<string, string>>;
const bundleOf = (value: unknown): Promise<Bundle> =>
  (value as Record<symbol, () => Promise<Bundle>>)[displaySymbol]?.() as Promise<Bundle>;

describe("explore", () => {
  it("writes one document that may ask for nothing, with the images inside", async () => {
    const { html, ids, settings } = await explore(images, { level: 2, patchGrid: 5 });
    expect(ids).toEqual(["first", "second"]);
    expect(settings).toMatchObject({ level: 2, patchGrid: [5, 5], wavelet: "haar", pooling: ["l1"] });
    expect(html).toContain(`content="default-src 'none'`);
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    expect(html.match(/"png":"/g)?.length).toBe(2);
  });

  it("starts at the nearest settings that the images allow where none are asked for", async () => {
    expect((await explore(images)).settings).toMatchObject({ level: 2, patchGrid: [5, 5] });
    expect((await explore(images, { level: 4 })).settings).toMatchObject({ level: 4, patchGrid: [2, 2] });
  });

  it("refuses settings that the images do not allow, as compress does", async () => {
    await expect(explore(images, { level: 7 })).rejects.toThrow("level 7 needs sides of at least 128, got 20x30");
    await expect(explore(images, { patchGrid: 6 })).rejects.toThrow("patchGrid at most 5x8");
    const large: Images = { pixels: new Uint8Array(512 * 512), shape: [1, 1, 512, 512], ids: ["large"] };
    await expect(explore(large, { level: 9, patchGrid: 1 })).rejects.toThrow("level at most 8");
  });

  it("refuses misspelt options, streams and more images than a page can hold, with the way out", async () => {
    await expect(explore(images, { levl: 2 } as object)).rejects.toThrow("did you mean level?");
    const stream = phantomDataset("chest", { images: 2, size: [32, 32] }).images();
    await expect(explore(stream as never)).rejects.toThrow(
      "got a stream; gather it first: await collectImages(stream)",
    );
    await expect(explore({ level: 2 } as never)).rejects.toThrow("images { pixels, shape, ids }, got { level }");
    const ids = Array.from({ length: 201 }, (_, at) => `${at}`);
    const many: Images = { pixels: new Uint8Array(201 * 64), shape: [201, 1, 8, 8], ids };
    await expect(explore(many)).rejects.toThrow("at most 200 images in a page, got 201");
  });

  it("is a frame in a cell, and a picture where scripts are stripped", async () => {
    const bundle = await bundleOf(await explore(images, { level: 1, patchGrid: 5 }));
    expect(bundle["text/html"]).toContain("<img src=");
    expect(bundle["text/html"]).toContain("srcdoc");
    expect(bundle["image/png"]?.length).toBeGreaterThan(1000);
    expect(bundle["text/plain"]).toMatch(/^Explorer of 2 images/);
    expect(Object.keys(bundle)).not.toContain("application/vnd.jupyter.widget-view+json");
  });

  it("tells a listener of new settings through the kernel's widget, where there is one", async () => {
    let tell: (settings: unknown) => void = () => undefined;
    const widget = {
      on: (event: string, listener: (settings: unknown) => void) => void (event === "msg:custom" && (tell = listener)),
      [displaySymbol]: () => ({ "application/vnd.jupyter.widget-view+json": { model_id: "1" } }),
    };
    Object.assign(globalThis, { anywidget: () => widget });
    try {
      const heard: unknown[] = [];
      const explorer = await explore(images, { level: 1, patchGrid: 5, onChange: (settings) => heard.push(settings) });
      const bundle = await bundleOf(explorer);
      expect(Object.keys(bundle)).toContain("application/vnd.jupyter.widget-view+json");
      expect(Object.keys(bundle)).toContain("text/html");
      tell({ level: 2, patchGrid: [3, 3], wavelet: "db2", pooling: ["sum"] });
      expect(heard).toEqual([{ level: 2, patchGrid: [3, 3], wavelet: "db2", pooling: ["sum"] }]);
      expect(explorer.settings).toBe(heard[0]);
    } finally {
      Reflect.deleteProperty(globalThis, "anywidget");
    }
  });

  it("refuses what its sliders cannot show", async () => {
    await expect(explore(images, { patchGrid: [3, 4] })).rejects.toThrow(OptionError);
    await expect(explore(images, { pooling: ["l1", "max"] })).rejects.toThrow("one pooling");
    await expect(explore({ ...images, shape: [1, 2, 20, 30], ids: ["two channels"] })).rejects.toThrow(ShapeError);
  });
});
