import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { plotlyJson } from "../../src/display/figure";
import { toDocument, toHtml } from "../../src/display/html";
import { libraryScript } from "../../src/display/interactive";
import { plotlySource } from "../../src/display/plot";
import { toPng } from "../../src/display/png";
import { template } from "../../src/display/style";
import type { Figure } from "../../src/display/view";
import { figures, table } from "./samples";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

describe.skipIf(executablePath === undefined)("figures in a browser (skipped where there is no Chromium)", () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath as string, args: ["--no-sandbox"] });
  }, 60_000); // on a busy machine the browser takes more than vitest's ten seconds to start
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
  });
  afterEach(() => page.close());
  afterAll(() => browser.close());

  const charts = (): Promise<number> => page.locator(".js-plotly-plot").count();
  const bars = figures["bars"] as Figure;

  it.each(Object.keys(figures))("look as they do without one: %s", async (name) => {
    const figure = figures[name] as Figure;
    const { width = 640, height = 400 } = figure;
    await page.setContent(`<style>body { margin: 0 }</style><div id="chart"></div>`);
    await page.addScriptTag({ content: await plotlySource() });
    const json = JSON.stringify({ ...(JSON.parse(plotlyJson(figure)) as object), template: template("light") });
    await page.evaluate(
      `(({ data, layout, template }) => Plotly.newPlot("chart", data, { ...layout, template }, { staticPlot: true }))(${json})`,
    );
    const shot = await page.screenshot({ clip: { x: 0, y: 0, width, height } });
    const theirs = await greyPixels(shot);
    const ours = await greyPixels(await toPng(figure, { scale: 1 }));
    const differences = theirs.map((value, at) => Math.abs(value - (ours[at] as number))).sort();
    const quantile = (share: number): number => differences[Math.floor(share * (differences.length - 1))] as number;
    // Letters are smoothed differently, so the pixels at their edges differ; nothing else may.
    expect(quantile(0.9)).toBeLessThanOrEqual(3);
    expect(quantile(0.98)).toBeLessThanOrEqual(64);
    expect(quantile(0.995)).toBeLessThanOrEqual(160);
  });

  it("become interactive in a report, which asks nothing of the network", async () => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.setContent(await toDocument([table, bars, { ...bars, title: "Again" }], { title: "Report" }));
    await page.locator(".js-plotly-plot .main-svg").nth(2).waitFor();
    expect(await charts()).toBe(2);
    expect(await page.locator("img").evaluateAll((images) => images.map((image) => image.checkVisibility()))).toEqual([
      false,
      false,
    ]);
    expect(asked.filter((url) => /^https?:/.test(url))).toEqual([]);
  });

  it("wait for the library when they are rendered before it, and stay pictures without it", async () => {
    await page.setContent(`<body>${await toHtml(bars)}</body>`);
    expect(await charts()).toBe(0);
    expect(await page.locator("img").isVisible()).toBe(true);
    await page.evaluate(
      (html) => document.body.append(document.createRange().createContextualFragment(html)),
      await libraryScript(),
    );
    await page.locator(".js-plotly-plot .main-svg").first().waitFor();
    expect(await page.locator("img").isVisible()).toBe(false);
  });

  it("stay pictures where scripts are not allowed", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const quiet = await context.newPage();
    await quiet.setContent(await toDocument([bars], { title: "Untrusted" }));
    expect(await quiet.locator("img").isVisible()).toBe(true);
    await context.close();
  });
});

async function greyPixels(png: Uint8Array): Promise<Buffer> {
  return sharp(png).removeAlpha().greyscale().raw().toBuffer();
}
