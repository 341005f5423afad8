import Table from "cli-table3";
import { printable } from "./progress/printable.ts";

/** Names of all the lines cli-table3 would draw. */
const lines =
  "top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid middle";

const borderless = {
  chars: Object.fromEntries(lines.split(" ").map((name) => [name, ""])),
  style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
};

/** Columns of text under their headings; no headings, when there are none. */
export const table = (head: string[], rows: string[][]): string => {
  const drawn = new Table({ ...borderless, head });
  drawn.push(...rows.map((row) => row.map(printable)));
  // It pads the last column too, which wraps on narrow terminals.
  return drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
};

/** An ISO 8601 time in the zone of whoever reads it, to the second. */
export const localTime = (iso: string): string => {
  const time = new Date(iso);
  const offset = -time.getTimezoneOffset();
  const shifted = new Date(time.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, "0");
  const minutes = String(Math.abs(offset) % 60).padStart(2, "0");
  return `${shifted}${offset < 0 ? "-" : "+"}${hours}:${minutes}`;
};

/** Tags on one line. */
export const tagText = (tags: Record<string, string>): string =>
  Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
