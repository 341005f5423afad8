import { findCommand } from "../../local/requirements/search-path.ts";

/** What Chromium is called. */
export const browserNames = ["chromium", "chromium-browser", "google-chrome"];

/** The path of a browser that this machine has. */
export const findBrowser = (): string | undefined =>
  browserNames.map(findCommand).find((path) => path !== undefined);
