import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { chromium, type Browser, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installKernel } from "../../src/kernel/install";

/** The kernel as a person meets it: a real JupyterLab in a real browser. */
const packageFolder = join(import.meta.dirname, "..", "..");
const environment = join(packageFolder, ".venv");
const jupyter = join(environment, "bin", "jupyter");
const browserFile = onPath("chromium", "chromium-browser", "google-chrome");
const patienceMs = 120_000; // for a busy machine

const cells = {
  figure: `({
  kind: "figure", title: "Dose", alt: "Three points on a line",
  traces: [{ type: "scatter", mode: "markers", x: [1, 2, 3], y: [2, 4, 6] }],
})`,
  error: `function limit(level: number): number {
  if (level > 3) throw new RangeError("too high: " + level);
  return level;
}
limit(4)`,
  busy: `console.log("busy now");
while (true) {}`,
  widget: `const counter = anywidget({
  esm: \`export default {
    render({ model, el }) {
      const button = document.createElement("button");
      const show = () => (button.textContent = "clicked " + model.get("clicks"));
      button.onclick = () => model.send("click");
      model.on("change:clicks", show);
      show();
      el.append(button);
    },
  }\`,
  state: { clicks: 0 },
});
counter.on("msg:custom", () => counter.set("clicks", counter.get("clicks") + 1));
counter`,
  progress: `import { existsSync } from "node:fs";
import { startWork } from ${JSON.stringify(join(packageFolder, "dist", "core", "progress"))};
const work = startWork("wait", 1000);
for (let done = 1; !existsSync("seen"); done++) {
  work.report(Math.min(done, 999));
  await new Promise((resolve) => setTimeout(resolve, 20));
}
work.end();
"all done"`,
  explorer: `import { explore } from "deepfixcx";
let chosen = 0;
await explore(undefined, { onChange: ({ level }) => (chosen = level) })`,
  chosen: `"level " + chosen`,
  words: `const words = ["one", "two"];
words`,
  completion: "words.to",
  tooltip: "words.indexOf",
} as const;

/** Runs in the page, whose own sign says "idle" even before there is a kernel. */
const kernelIsReady = `(() => {
  const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
  const kernel = context?.session?.kernel;
  return context?.isReady && kernel?.connectionStatus === "connected" && kernel.status === "idle";
})()`;

type CellName = keyof typeof cells;

describe.skipIf(browserFile === undefined || !existsSync(jupyter))(
  "the kernel in JupyterLab (skipped without Chromium, or without the Jupyter of `npm run setup`)",
  { timeout: patienceMs },
  () => {
    let folder: string;
    const token = crypto.randomUUID();
    let server: ChildProcess | undefined;
    let browser: Browser | undefined;
    let page: Page;

    beforeAll(async () => {
      installKernel({ prefix: environment });
      folder = mkdtempSync(join(tmpdir(), "deepfixcx-lab-"));
      writeNotebook(folder);
      server = startServer(folder, token);
      browser = await startBrowser();
      const address = await addressOf(server);
      // Tall enough for all cells: JupyterLab leaves out what is far off the screen.
      page = await browser.newPage({ viewport: { width: 1000, height: 2400 } });
      page.setDefaultTimeout(patienceMs / 2);
      await page.goto(`${address}/doc/tree/cells.ipynb?token=${token}`);
      await page.waitForFunction(kernelIsReady);
    }, patienceMs);

    afterAll(async () => {
      await browser?.close();
      if (server !== undefined) await stop(server);
      rmSync(folder, { recursive: true, force: true });
    }, patienceMs);

    const cell = (name: CellName): Locator => page.locator(".jp-Notebook-cell").nth(Object.keys(cells).indexOf(name));
    const output = (name: CellName): Locator => cell(name).locator(".jp-OutputArea-output");

    async function start(name: CellName): Promise<void> {
      await cell(name).locator(".cm-content").press("Control+Enter");
    }

    /** Waits until a cell has run. @returns its number */
    async function ended(name: CellName): Promise<number> {
      const prompt = cell(name).locator(".jp-InputArea-prompt", { hasText: /\[\d+\]/ });
      return Number((await prompt.innerText()).replace(/\D/g, ""));
    }

    async function run(name: CellName): Promise<number> {
      await start(name);
      return ended(name);
    }

    async function setTheme(theme: string): Promise<void> {
      await page.evaluate(`window.jupyterapp.commands.execute("apputils:change-theme", { theme: "${theme}" })`);
    }

    /** Puts the cursor behind a cell's last letter and presses a key. */
    async function pressAtEnd(name: CellName, key: string): Promise<void> {
      await cell(name).locator(".cm-content").click();
      await cell(name).locator(".cm-content").press("Control+End");
      await cell(name).locator(".cm-content").press(key);
    }

    it("draws a figure that is a cell's last value", async () => {
      await run("figure");
      const chart = output("figure").locator(".js-plotly-plot");
      await chart.locator(".main-svg").first().waitFor();
      await chart.getByText("Dose").first().waitFor();
      expect(await chart.locator(".scatterlayer .point").count()).toBe(3);
    });

    it("draws figures anew when the theme changes", async () => {
      await run("figure");
      const title = output("figure").locator(".gtitle");
      const colour = (): Promise<string> => title.evaluate((element) => getComputedStyle(element).fill);
      const light = await colour();
      await setTheme("JupyterLab Dark");
      await expect.poll(colour, { timeout: patienceMs / 2 }).not.toBe(light);
      await setTheme("JupyterLab Light");
      await expect.poll(colour, { timeout: patienceMs / 2 }).toBe(light);
    });

    it("says in which line of which cell an error arose", async () => {
      const number = await run("error");
      const text = await output("error").innerText();
      expect(text).toContain("RangeError: too high: 4");
      expect(text).toContain(`In[${number}].ts:2:24`);
    });

    it("ends a busy loop when interrupted, and goes on with the next cell", async () => {
      await start("busy");
      await output("busy").getByText("busy now").waitFor();
      await page.locator('[data-command="notebook:interrupt-kernel"]').click();
      const number = await ended("busy");
      await output("busy").getByText("Interrupted: the cell was interrupted").waitFor();
      expect(await run("words")).toBe(number + 1);
      expect(await output("words").innerText()).toContain("two");
    });

    it("hears a widget's click and answers it", async () => {
      await run("widget");
      const button = output("widget").locator("button");
      await button.getByText("clicked 0").waitFor();
      await button.click();
      await button.getByText("clicked 1").waitFor();
    });

    it("shows a progress bar while it works and removes it afterwards", async () => {
      await start("progress");
      const bar = output("progress").locator("progress");
      await bar.waitFor();
      writeFileSync(join(folder, "seen"), "");
      await output("progress").getByText("all done").waitFor();
      await bar.waitFor({ state: "detached" });
    });

    it("shows the explorer, and hears which settings are chosen in it", async () => {
      await run("explorer");
      const level = output("explorer").frameLocator("iframe").getByLabel("Level J");
      await level.press("ArrowRight");
      const chosen = async (): Promise<string> => {
        await run("chosen");
        return output("chosen").innerText();
      };
      await expect.poll(chosen, { timeout: patienceMs / 2 }).toContain("level 3");
    });

    it("completes what is typed", async () => {
      await run("words");
      await pressAtEnd("completion", "Tab");
      await page.locator(".jp-Completer-item", { hasText: "toSorted" }).waitFor();
      expect(await page.locator(".jp-Completer-item", { hasText: "toUpperCase" }).count()).toBe(0);
      await page.keyboard.press("Escape");
    });

    it("explains what stands at the cursor", async () => {
      await run("words");
      await pressAtEnd("tooltip", "Shift+Tab");
      const tooltip = page.locator(".jp-Tooltip");
      await tooltip.getByText("searchElement").first().waitFor();
      expect(await tooltip.innerText()).toContain("indexOf(searchElement: string");
      await page.keyboard.press("Escape");
    });
  },
);

function onPath(...names: readonly string[]): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

function writeNotebook(folder: string): void {
  const code = (source: string, at: number): object => {
    return { cell_type: "code", id: `cell-${at}`, source, metadata: {}, outputs: [], execution_count: null };
  };
  const kernelspec = { name: "deepfixcx", display_name: "TypeScript (DeepFixCX)", language: "typescript" };
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: Object.values(cells).map(code) };
  writeFileSync(join(folder, "cells.ipynb"), JSON.stringify(notebook));
}

/** JupyterLab on a free port, with no setting of the person who runs the tests and no question about news. */
function startServer(folder: string, token: string): ChildProcess {
  const config = join(folder, ".jupyter");
  mkdirSync(join(config, "labconfig"), { recursive: true });
  const disabledExtensions = { "@jupyterlab/apputils-extension:announcements": true };
  writeFileSync(join(config, "labconfig", "page_config.json"), JSON.stringify({ disabledExtensions }));
  const options = [
    "--no-browser",
    "--allow-root",
    "--expose-app-in-browser",
    "--ip=127.0.0.1",
    "--port=0",
    `--ServerApp.root_dir=${folder}`,
  ];
  const own = { JUPYTER_CONFIG_DIR: config, JUPYTER_DATA_DIR: config, JUPYTER_RUNTIME_DIR: config };
  return spawn(jupyter, ["lab", ...options], {
    cwd: folder,
    env: { ...process.env, ...own, JUPYTER_TOKEN: token },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true, // a process group of its own, which can be ended as a whole
  });
}

async function addressOf({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error("JupyterLab's messages are needed");
  const said: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    const [, address] = /(http:\/\/127\.0\.0\.1:\d+)\/lab/.exec(line) ?? [];
    if (address !== undefined) {
      stderr.resume(); // or the server would wait for its messages to be read
      return address;
    }
    said.push(line);
  }
  throw new Error(`JupyterLab ended:\n${said.join("\n")}`);
}

function startBrowser(): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  return chromium.launch({
    executablePath: browserFile ?? "",
    args: ["--no-sandbox", ...quiet],
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

/** Asks the server to end, which ends its kernels; what is left after ten seconds is killed. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.pid === undefined) return;
  const group = -server.pid;
  const killing = setTimeout(() => process.kill(group, "SIGKILL"), 10_000);
  const exited = once(server, "exit");
  process.kill(group, "SIGTERM");
  await exited;
  clearTimeout(killing);
}
