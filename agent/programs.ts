import { extname, join } from "node:path";

/** This file's own ending tells whether it was compiled: the programs beside it were, too. */
const program = (name: string): string =>
  join(import.meta.dirname, `${name}${extname(import.meta.filename)}`);

/** A thread of the inventory. */
export const inventoryThread = program("inventory/thread");

/** Asks repositories what they say. */
export const digestFetcher = program("step-cache/fetch-digests");
