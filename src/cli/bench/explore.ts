import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { DataError } from "../../core/errors";
import { explore } from "../../explore/explore";
import { median, type Benchmark, type Row } from "./benchmark";

const browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** What is moved, and how often: issue and README speak of the medians. */
const cases: readonly { readonly case: string; readonly levels: readonly number[]; readonly moves: number }[] = [
  { case: "slider move, J 1 to 3", levels: [1, 2, 3], moves: 200 },
  { case: "slider move, J 6", levels: [6], moves: 200 },
];

/** How fast the explorer's page is, in a headless Chromium. */
export const explorer: Benchmark = {
  summary: "the explorer's page: opening it, and a slider move to a finished redraw (needs Chromium)",
  async *run(): AsyncGenerator<Row> {
    const folder = await mkdtemp(join(tmpdir(), "deepfixcx-bench-"));
    const file = join(folder, "explorer.html");
    await writeFile(file, (await explore()).html);
    const browser = await startBrowser();
    try {
      yield { case: "the page", megabytes: Number(((await stat(file)).size / 2 ** 20).toFixed(2)) };
      const opened: number[] = [];
      for (let turn = 0; turn < 5; turn++) {
        const page = await browser.newPage();
        opened.push(await open(page, file));
        if (turn < 4) await page.close();
        else for (const one of cases) yield await moved(page, one);
      }
      yield { case: "opened to usable", medianMs: round(median(opened)), runs: opened.length };
    } finally {
      await browser.close();
      await rm(folder, { recursive: true });
    }
  },
};

async function startBrowser(): Promise<Browser> {
  const executablePath = browsers.find(existsSync);
  if (executablePath === undefined) {
    throw new DataError({ where: "bench explore", required: `Chromium at ${browsers.join(" or ")}`, got: "none" });
  }
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** Milliseconds from asking for the page until it can be used, as the page's own clock has it. */
async function open(page: Page, file: string): Promise<number> {
  await page.goto(`file://${file}`);
  await page.waitForSelector("body[data-ready]");
  return page.evaluate("performance.getEntriesByName('usable')[0].startTime");
}

/** Moves sliders as a person's hand does, a frame apart: the level now and then, the patch grid always. */
async function moved(page: Page, { case: name, levels, moves }: (typeof cases)[number]): Promise<Row> {
  const times = await page.evaluate<number[]>(`(async () => {
    const [level, patchGrid] = document.querySelectorAll("input[type=range]");
    const move = (slider, value) => {
      slider.value = value;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      return performance.getEntriesByName("redraw").at(-1).duration;
    };
    const levels = ${JSON.stringify(levels)};
    const times = [];
    for (let at = 0; times.length < ${moves}; at++) {
      const moved = move(level, levels[Math.floor(at / 10) % levels.length]);
      if (at % 10 === 0) times.push(moved);
      times.push(move(patchGrid, 1 + (at * 7) % Number(patchGrid.max)));
      await new Promise(requestAnimationFrame);
    }
    return times;
  })()`);
  const sorted = times.toSorted((a, b) => a - b);
  return {
    case: name,
    medianMs: round(median(times)),
    p95Ms: round(sorted[Math.floor(0.95 * sorted.length)] ?? NaN),
    moves: times.length,
  };
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
