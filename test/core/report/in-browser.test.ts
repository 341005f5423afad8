import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { report } from "../../../core/report/page.ts";
import { audited, noBrowser, openBrowser, openFile } from "../../support/browser.ts";
import { hostile, published, rejected, trap } from "../../support/report-data.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const pages = { published: published(), rejected: rejected(), hostile: hostile() };
const all = Object.keys(pages) as (keyof typeof pages)[];

const desk = { width: 1280, height: 900 };
const phone = { width: 360, height: 740 };

/** What a page answers to a line of its own language, whose types this project does not have. */
const asked = <Answer>(page: Page, expression: string): Promise<Answer> =>
  page.evaluate<Answer>(expression);

const tooWide = `[...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > 360.5)
  .map((one) => one.outerHTML.slice(0, 120))`;

const levelsOfHeadings = `[...document.querySelectorAll("h1,h2,h3,h4,h5,h6")]
  .map((one) => Number(one.tagName[1]))`;

const isOutlined = `(({ outlineStyle, outlineWidth }) =>
  outlineStyle !== "none" && parseFloat(outlineWidth) >= 2)(getComputedStyle(document.activeElement))`;

const styleOf = (...names: string[]): string =>
  `(({ ${names.join()} }) => ({ ${names.join()} }))(getComputedStyle(document.documentElement))`;

describe.skipIf(noBrowser !== "")(`a report in a browser${noBrowser}`, () => {
  let browser: Browser;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const name of all) await writeFile(fileOf(name), report(pages[name]));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await folder[Symbol.asyncDispose]();
  });
  const fileOf = (name: string): string => join(folder.path, `${name}.html`);
  const open = (name: keyof typeof pages, options: BrowserContextOptions = {}) =>
    openFile(browser, fileOf(name), { viewport: desk, ...options });

  test.each(all)("asks for nothing, and has nothing to complain of: %s", async (name) => {
    await using opened = await open(name);
    await opened.page.locator("#main").waitFor();
    expect(opened).toMatchObject({ said: [], asked: [] });
  });

  test.each([
    { name: "published", colorScheme: "light", viewport: desk },
    { name: "published", colorScheme: "dark", viewport: phone },
    { name: "rejected", colorScheme: "dark", viewport: desk },
    { name: "hostile", colorScheme: "light", viewport: phone },
  ] as const)(
    "passes an audit of its accessibility: $name, $colorScheme, $viewport.width px",
    async ({ name, ...options }) => {
      await using opened = await open(name, { ...options, bypassCSP: true });
      expect(await audited(opened.page)).toEqual([]);
    },
  );

  test.each(all)("is as wide as a narrow phone: %s", async (name) => {
    await using opened = await open(name, { viewport: phone });
    expect(await asked<string[]>(opened.page, tooWide)).toEqual([]);
    expect(await asked(opened.page, "document.documentElement.scrollWidth")).toBe(360);
  });

  test("a table is searched by typing, and says how many rows are left", async () => {
    await using opened = await open("published");
    const { page } = opened;
    const search = page.getByRole("searchbox", { name: "Search packages" });
    const count = page.locator(".filter .count").first();
    const rows = page.locator("#system-packages tbody tr:visible");
    expect(await count.textContent()).toBe("28 packages");
    await search.fill("LIB gpl");
    const found = await rows.allTextContents();
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((text) => /lib/i.test(text) && /gpl/i.test(text))).toBe(true);
    expect(await count.textContent()).toBe(`${found.length} of 28 packages`);
    await search.fill("no such package");
    expect([await rows.count(), await count.textContent()]).toEqual([0, "0 of 28 packages"]);
    await search.press("Escape");
    expect([await rows.count(), await search.inputValue()]).toEqual([28, ""]);
    expect(await count.getAttribute("aria-live")).toBe("polite");
  });

  test("the keyboard reaches the way past the contents first, then all that can be used", async () => {
    await using opened = await open("published");
    const { page } = opened;
    const focused = () => asked<string>(page, "document.activeElement.outerHTML.slice(0, 90)");
    await page.keyboard.press("Tab");
    expect(await focused()).toContain('class="skip"');
    await page.keyboard.press("Enter");
    expect(await focused()).toContain('id="main"');
    let steps = 0;
    for (; steps < 40 && !(await focused()).includes("<input"); steps++) {
      await page.keyboard.press("Tab");
      const seen = await asked<boolean>(page, isOutlined);
      expect(seen, await focused()).toBe(true);
    }
    expect(await focused()).toContain("system-packages-search");
    await page.keyboard.type("nginx");
    expect(await page.locator("#system-packages tbody tr:visible").count()).toBe(2);
  });

  test("headings are in order, and the parts of the page are landmarks", async () => {
    await using opened = await open("published");
    const { page } = opened;
    const levels = await asked<number[]>(page, levelsOfHeadings);
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.every((level, at) => at === 0 || level - (levels[at - 1] ?? 0) <= 1)).toBe(true);
    for (const role of ["banner", "navigation", "main", "contentinfo"] as const) {
      expect(await page.getByRole(role).count(), role).toBe(1);
    }
    expect(await page.getByRole("region").count()).toBe(8);
    expect(await page.getByRole("img", { name: "Lineage of the image" }).count()).toBe(1);
  });

  test("all can be read without scripts", async () => {
    await using opened = await open("published", { javaScriptEnabled: false });
    const { page } = opened;
    expect(await page.locator("#system-packages tbody tr:visible").count()).toBe(28);
    expect(await page.locator(".filter:visible").count()).toBe(0);
  });

  test("on paper it is ink on white, with nothing to click", async () => {
    await using opened = await open("published", { colorScheme: "dark" });
    const { page } = opened;
    await page.emulateMedia({ media: "print" });
    const ink = await asked(page, styleOf("color", "backgroundColor"));
    expect(ink).toEqual({ color: "rgb(31, 29, 26)", backgroundColor: "rgb(255, 255, 255)" });
    expect(await page.locator("nav:visible, .filter:visible, .skip:visible").count()).toBe(0);
    const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
    const sheets = pdf.match(/\/Type\s*\/Page\b(?!s)/g) ?? [];
    expect(sheets.length).toBeGreaterThan(2);
    expect(sheets.length).toBeLessThan(15);
  });

  test("colours are those of the reader, and nothing moves for who wants no motion", async () => {
    await using opened = await open("published", { colorScheme: "dark", reducedMotion: "reduce" });
    const style = await asked(opened.page, styleOf("backgroundColor", "scrollBehavior"));
    expect(style).toEqual({ backgroundColor: "rgb(23, 22, 19)", scrollBehavior: "auto" });
  });

  test("names that are out to be markup are text", async () => {
    await using opened = await open("hostile");
    const { page, said } = opened;
    expect(await page.locator("script").count()).toBe(1);
    expect(await page.locator("img, iframe, form, link, object").count()).toBe(0);
    expect(await page.locator("h1").textContent()).toContain(trap.slice(0, 60));
    const links = await page
      .locator("a")
      .evaluateAll((ones) => ones.map((one) => one.getAttribute("href") ?? ""));
    expect(links.filter((href) => !href.startsWith("#"))).toEqual([]);
    expect(said).toEqual([]);
  });
});
