import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/core/random";
import { allowed } from "../../src/explore/fit";
import { compress, explore, type Images, poolings, waveletNames } from "../../src/index";
import type { OnScreen } from "../../src/explore/page/outside";
import { chromiumFile, openPage, type OpenPage, startBrowser, withoutChromium } from "./page";

const folder = mkdtempSync(join(tmpdir(), "deepfixcx-explorer-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Five images of one size that no other test uses: noise over a gradient, so that every sub-band has something. */
const [rows, cols] = [96, 120];
const random = new Random(7);
const images: Images = {
  pixels: Uint8Array.from({ length: 5 * rows * cols }, (_, at) => ((at % cols) + random.integer(130)) % 256),
  shape: [5, 1, rows, cols],
  ids: ["a", "b", "c", "d", "e"],
};

async function write(name: string, html: string): Promise<string> {
  const file = join(folder, name);
  writeFileSync(file, html);
  return Promise.resolve(file);
}

describe.skipIf(chromiumFile === undefined)(
  `the explorer's page ${chromiumFile === undefined ? withoutChromium : ""}`,
  { timeout: 180_000 },
  () => {
    let browser: Browser;
    let own: OpenPage;
    let phantoms: OpenPage;
    let phantomFile: string;

    beforeAll(async () => {
      browser = await startBrowser();
      own = await openPage(browser, await write("own.html", (await explore(images)).html));
      phantomFile = await write("phantoms.html", (await explore()).html);
      phantoms = await openPage(browser, phantomFile);
    }, 180_000);
    afterAll(() => browser.close());

    const onScreen = (page: Page): Promise<{ settings: OnScreen["settings"]; embedding: number[]; image: string }> =>
      page.evaluate(() => {
        const { settings, embedding, image } = (globalThis as unknown as { deepfixcx: OnScreen }).deepfixcx;
        return { settings, embedding: [...embedding], image };
      });

    async function slide(page: Page, label: string, value: number): Promise<void> {
      await page.getByRole("slider", { name: label }).first().fill(String(value));
    }

    it("shows the bytes that compress gives in Node, for 20 random settings and 5 images", async () => {
      const draw = new Random(20);
      for (let turn = 0; turn < 20; turn++) {
        const wishes = {
          level: 1 + draw.integer(5),
          patchGrid: 1 + draw.integer(40),
          wavelet: waveletNames[draw.integer(waveletNames.length)] ?? "haar",
          pooling: poolings[draw.integer(poolings.length)] ?? "l1",
        };
        const settings = allowed(wishes, [1, rows, cols]);
        const here = await compress(images, settings);
        await slide(own.page, "Level J", settings.level);
        await slide(own.page, "Patch grid P", settings.patchGrid[0]);
        await own.page.getByLabel("Wavelet", { exact: true }).selectOption(settings.wavelet);
        await own.page.getByLabel("Pooling", { exact: true }).selectOption(settings.pooling[0] ?? "");
        const size = here.values.length / images.ids.length;
        for (const [at, id] of images.ids.entries()) {
          await own.page.getByRole("button", { name: id, exact: true }).click();
          const there = await onScreen(own.page);
          expect(there.settings).toEqual(settings);
          expect(there.image).toBe(id);
          const bytes = Buffer.from(Float32Array.from(there.embedding).buffer);
          expect(bytes.equals(Buffer.from(here.values.slice(at * size, (at + 1) * size).buffer))).toBe(true);
        }
      }
    });

    it("weighs at most 3 MB", () => {
      expect(statSync(phantomFile).size).toBeLessThanOrEqual(3 * 2 ** 20);
    });

    it("follows every control by keyboard", async () => {
      const { page } = phantoms;
      await page.getByRole("button", { name: "Chest 2" }).press("Enter");
      expect((await onScreen(page)).image).toBe((await explore()).ids[1]);
      const level = page.getByRole("slider", { name: "Level J" });
      const before = (await onScreen(page)).settings.level;
      await level.press("ArrowRight");
      expect((await onScreen(page)).settings.level).toBe(before + 1);
      await page.getByRole("slider", { name: "Patch grid P" }).press("ArrowLeft");
      expect((await onScreen(page)).settings.patchGrid).toEqual([18, 18]);
      await page.getByLabel("Wavelet", { exact: true }).press("ArrowDown");
      expect((await onScreen(page)).settings.wavelet).toBe("db1");
      await page.getByLabel("Pooling", { exact: true }).press("ArrowDown");
      expect((await onScreen(page)).settings.pooling).toEqual(["l2"]);
      const caption = page.locator('[data-view="lens"] .caption');
      const words = await caption.innerText();
      await page.getByRole("slider", { name: "Patch row" }).press("Home");
      await page.getByRole("slider", { name: "Patch column" }).press("Home");
      expect(await caption.innerText()).not.toBe(words);
      await page.getByRole("button", { name: "1, 19: level and patch grid" }).press("Enter");
      expect((await onScreen(page)).settings).toMatchObject({ level: 1, patchGrid: [19, 19], wavelet: "haar" });
      await page.getByLabel("Named settings").press("ArrowDown");
      expect((await onScreen(page)).settings).toMatchObject({ level: 2, patchGrid: [19, 19] });
      const theme = page.getByRole("button", { name: /Theme/ });
      for (const name of ["light", "dark", "system"]) {
        await theme.press("Enter");
        expect(await page.locator("html").getAttribute("data-theme")).toBe(name);
      }
    });

    it("follows the sliders by mouse, and the patches that are dragged out", async () => {
      const { page } = phantoms;
      const level = page.getByRole("slider", { name: "Level J" });
      const box = (await level.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
      await page.mouse.click(box.x + box.width - 4, box.y + box.height / 2);
      expect((await onScreen(page)).settings.level).toBe(8);
      await page.mouse.click(box.x + 4, box.y + box.height / 2);
      expect((await onScreen(page)).settings.level).toBe(1);
      await slide(page, "Patch grid P", 10);
      const canvas = page.locator('[data-view="original"] canvas');
      await canvas.scrollIntoViewIfNeeded();
      const stage = (await canvas.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
      await page.mouse.move(stage.x + 5, stage.y + 5);
      await page.mouse.down();
      await page.mouse.move(stage.x + 0.19 * stage.width, stage.y + 0.29 * stage.height);
      await page.mouse.up();
      const said = await page.locator('[data-view="lens"]').innerText();
      expect(said).toContain("1 to 3 of 10");
      expect(said).toContain("1 to 2 of 10");
      expect(said).toContain("In 6 patches, 6,144 pixel values share 24 numbers");
    });

    it("opens a second pane with settings of its own, and closes it", async () => {
      const { page } = phantoms;
      const compare = page.getByRole("button", { name: "Compare two settings" });
      await compare.press("Enter");
      expect(await page.locator(".pane").count()).toBe(2);
      const first = (await onScreen(page)).settings;
      await page.getByRole("slider", { name: "Level J" }).nth(1).press("ArrowRight");
      expect((await onScreen(page)).settings).toEqual(first);
      await compare.click();
      expect(await page.locator(".pane").count()).toBe(1);
    });

    it("leads through six steps with a question each", async () => {
      const { page } = phantoms;
      await page.getByRole("button", { name: "Take the tour" }).press("Enter");
      for (let step = 1; step <= 6; step++) {
        expect(await page.locator(".tour h2").innerText()).toBe(`Step ${step} of 6`);
        expect(await page.locator(".question").innerText()).toContain("?");
        expect(await page.locator(".marked").count()).toBe(1);
        const [view, guide] = [page.locator(".marked"), page.locator(".tour")].map((place) => place.boundingBox());
        const [{ y = -1, height = 0 } = {}, over] = [(await view) ?? {}, await guide];
        expect(y).toBeGreaterThanOrEqual((over?.y ?? 0) + (over?.height ?? 0));
        expect(y + height).toBeLessThanOrEqual(900);
        await page.getByText("Show the answer").press("Enter");
        await page.locator(".tour details p").waitFor({ state: "visible" });
        await page.getByRole("button", { name: step === 6 ? "Finish" : "Next" }).press("Enter");
      }
      expect(await page.locator(".tour").isVisible()).toBe(false);
    });

    it("shows an attacker for the named settings, and says where none was trained", async () => {
      const { page } = phantoms;
      await page.getByRole("button", { name: "Chest 1" }).click();
      const caption = page.locator('[data-view="attacker"] .caption');
      await page.getByRole("button", { name: "2, 3: level and patch grid" }).click();
      await page.waitForFunction(() =>
        /attacker \d/.test(document.querySelector('[data-view="attacker"] .caption')?.textContent ?? ""),
      );
      await slide(page, "Patch grid P", 4);
      expect(await caption.innerText()).toContain("No attacker trained here");
      await page.getByRole("button", { name: "Cervix" }).click();
      expect(await caption.innerText()).toContain("No attacker trained here");
      await page.getByRole("button", { name: "Chest 1" }).click();
    });

    it("shows a twin with exactly the same numbers", async () => {
      const { page } = phantoms;
      await slide(page, "Level J", 3);
      await slide(page, "Patch grid P", 9);
      for (const aim of ["detail", "far"]) {
        await page.getByLabel("The twin looks").selectOption(aim);
        await page.waitForFunction(() =>
          document.querySelector('[data-view="twin"] .caption')?.textContent?.includes("exactly those of the original"),
        );
      }
      await page.getByLabel("Wavelet", { exact: true }).selectOption("db2");
      expect(await page.locator('[data-view="twin"] .caption').innerText()).toContain("Twins are built for Haar");
      await page.getByLabel("Wavelet", { exact: true }).selectOption("haar");
    });

    it("draws noise anew as epsilon moves, and says where no bound is known", async () => {
      const { page } = phantoms;
      const caption = page.locator('[data-view="noise"] .caption');
      const epsilon = page.getByRole("slider", { name: "Epsilon" });
      await epsilon.press("End");
      await caption.getByText("At epsilon 300").waitFor();
      const similarity = async (): Promise<number> => Number(/SSIM (-?[\d.]+)\d/.exec(await caption.innerText())?.[1]);
      const weak = await similarity();
      await epsilon.press("Home");
      await caption.getByText("At epsilon 0.1").waitFor();
      expect(await similarity()).toBeLessThan(weak);
      await page.getByLabel("Wavelet", { exact: true }).selectOption("db2");
      await caption.getByText("No bound is known").waitFor();
      await page.getByLabel("Wavelet", { exact: true }).selectOption("haar");
    });

    it("takes what is dropped, or refuses it in one friendly line", async () => {
      const { page } = phantoms;
      const noise = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 7919) % 251));
      const photo = await sharp(noise(600 * 400 * 3), { raw: { width: 600, height: 400, channels: 3 } })
        .resize(6000, 4000)
        .jpeg({ quality: 40 })
        .toBuffer();
      const deep = await sharp(
        Uint16Array.from({ length: 64 * 48 }, (_, at) => at * 21),
        {
          raw: { width: 64, height: 48, channels: 1 },
        },
      )
        .toColourspace("grey16")
        .png()
        .toBuffer();
      const frames = await sharp(noise(40 * 60 * 3), { raw: { width: 40, height: 60, channels: 3, pageHeight: 30 } })
        .gif()
        .toBuffer();
      const drop = async (...files: readonly (readonly [name: string, content: Buffer])[]): Promise<string> => {
        const transfer = await page.evaluateHandle(
          (files) => {
            const data = new DataTransfer();
            for (const { name, base64 } of files)
              data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
            return data;
          },
          files.map(([name, content]) => ({ name, base64: content.toString("base64") })),
        );
        const said = page.locator(".said");
        await said.evaluate((place) => (place.textContent = "waiting"));
        await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
        await page.waitForFunction(() => !["", "waiting"].includes(document.querySelector(".said")?.textContent ?? ""));
        return said.innerText();
      };
      expect(await drop(["photo.jpg", photo])).toBe("Scaled from 6000 × 4000 to 320 × 213 pixels.");
      expect((await onScreen(page)).image).toBe("photo.jpg");
      expect(await drop(["notes.txt", Buffer.from("not an image")])).toBe(
        "notes.txt is not an image that this browser can read: choose a PNG, JPEG, WebP or GIF file; for DICOM, TIFF and NIfTI files, npx deepfixcx explore FILE --out PAGE.html writes a page.",
      );
      expect((await onScreen(page)).image).toBe("photo.jpg");
      expect(await drop(["deep.png", deep])).toBe("16 bits a pixel, all of them used.");
      const { settings, embedding } = await onScreen(page);
      const pixels = Uint16Array.from({ length: 64 * 48 }, (_, at) => at * 21);
      const here = await compress({ pixels, shape: [1, 1, 48, 64], ids: ["deep"] }, settings);
      expect(Float32Array.from(embedding)).toEqual(here.values);
      expect(await drop(["film.gif", frames])).toBe("Only the first picture of this animation is used.");
      const thin = await sharp(noise(9 * 2000), { raw: { width: 2000, height: 9, channels: 1 } })
        .png()
        .toBuffer();
      expect(await drop(["one.png", deep], ["thin.png", thin], ["two.png", deep])).toBe(
        "16 bits a pixel, all of them used. thin.png has only 320 × 1 pixels: choose an image of at least 8 × 8. Scaled from 2000 × 9 to 320 × 1 pixels.",
      );
      expect((await onScreen(page)).image).toBe("two.png");
      expect(await page.getByRole("button", { name: "one.png" }).count()).toBe(1);
      await slide(page, "Level J", 2);
      await slide(page, "Patch grid P", 12);
      for (const key of ["End", "Home"]) await page.getByRole("slider", { name: "Patch column" }).press(key);
      expect(await page.locator('[data-view="lens"] .caption').innerText()).toContain("only the margin");
      expect(await page.locator(".readout").innerText()).toContain("8 × 4 px");
    });

    it.each([1280, 390])("has no serious fault that axe finds, %i pixels wide, light and dark", async (width) => {
      const { page } = await openPage(browser, phantomFile, width);
      const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
      await page.getByRole("button", { name: "Take the tour" }).click();
      await page.evaluate(axe);
      for (const scheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        const faults = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
          };
          const { violations } = await axe.run();
          return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
        });
        expect(faults.filter((fault) => /^(serious|critical)/.test(fault))).toEqual([]);
      }
      await page.close();
    });

    it("works without a network, also in a frame, and never asks for anything", async () => {
      const context = await browser.newContext({ offline: true });
      const page = await context.newPage();
      const requests: string[] = [];
      page.on("request", (request) => requests.push(request.url()));
      await page.setContent('<iframe sandbox="allow-scripts" style="width:900px;height:700px"></iframe>');
      const html = readFileSync(phantomFile, "utf8");
      await page.locator("iframe").evaluate((frame, text) => ((frame as HTMLIFrameElement).srcdoc = text), html);
      await page.frameLocator("iframe").locator("body[data-ready]").waitFor();
      expect(requests.filter((url) => /^(https?|file|wss?):/.test(url))).toEqual([]);
      await context.close();
      expect([...own.requests, ...phantoms.requests]).toEqual([]);
    });

    it("has nothing to complain of in the console after all this", () => {
      expect([...own.complaints, ...phantoms.complaints]).toEqual([]);
    });
  },
);
