import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

/** A browser on this machine, or undefined. */
export const chromiumFile: string | undefined = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find(existsSync);

export const withoutChromium = "(skipped: there is no Chromium here)";

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumFile ?? "", args: ["--no-sandbox"] });
}

/** An explorer that is open, and what went wrong in it. */
export interface OpenPage {
  readonly page: Page;
  /** Errors and warnings of the console, and errors that nothing caught. */
  readonly complaints: string[];
  /** Addresses that were asked for, but for the document itself. */
  readonly requests: string[];
}

/** Opens a page from the disk, with or without a network. */
export async function openPage(browser: Browser, file: string, width = 1280): Promise<OpenPage> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const url = request.url();
    if (url !== `file://${file}` && !url.startsWith("data:") && !url.startsWith("blob:")) requests.push(url);
  });
  await page.goto(`file://${file}`);
  await page.waitForSelector("body[data-ready]");
  return { page, complaints, requests };
}
