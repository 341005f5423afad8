import prettyBytes from "pretty-bytes";
import { markup, type Markup } from "./markup.ts";

/* Numbers for people. */

export const bytes = (count: number): string => prettyBytes(count);

/** How much it grew; empty when it did not. */
export const grown = (count: number): string =>
  count === 0 ? "" : prettyBytes(count, { signed: true }).replace("-", "−");

/** A moment in UTC, to the minute, from ISO 8601. */
export const moment = (iso: string): Markup =>
  markup`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;

/** `1 package`, `2 packages`; more than one is by `s` unless it is told otherwise. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;

/** `12,345`. */
export const grouped = (count: number): string => count.toLocaleString("en-GB");
