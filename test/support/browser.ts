import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type BrowserContextOptions, type Page } from "playwright-core";
import { findBrowser } from "./browser-path.ts";

/** The end of a test's title when there is no browser, and the test is to be skipped. */
export const noBrowser = ((): string => {
  if (findBrowser() !== undefined) return "";
  if (process.env["CI"] === "true")
    throw new Error("chromium is missing: install it, by the name of chromium");
  process.stderr.write("chromium is missing: tests of how reports look are skipped\n");
  return " (skipped: chromium is missing)";
})();

/** Root has no sandbox of Chromium's; all that is opened are pages of ours. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: findBrowser() ?? "", args: ["--no-sandbox"] });

/** A page as somebody opens it, and what it did beside showing itself. */
export interface Opened extends AsyncDisposable {
  page: Page;
  /** Messages of its console, and errors of its scripts. */
  said: string[];
  /** URLs that it asked for, beside its own. */
  asked: string[];
}

export const openFile = async (
  browser: Browser,
  path: string,
  options: BrowserContextOptions = {},
): Promise<Opened> => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const [said, asked]: [string[], string[]] = [[], []];
  const url = `file://${path}`;
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => request.url() !== url && asked.push(request.url()));
  await page.goto(url);
  return { page, said, asked, [Symbol.asyncDispose]: () => context.close() };
};

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds against a page, a line a rule and place. The page's own policy must let it in. */
export const audited = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    interface Found {
      violations: { id: string; help: string; nodes: { html: string; target: string[] }[] }[];
    }
    const { axe } = globalThis as unknown as { axe: { run(): Promise<Found> } };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.slice(0, 3).map(({ html }) => `${id}: ${help}: ${html.slice(0, 160)}`),
    );
  });
};
