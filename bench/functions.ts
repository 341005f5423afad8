import { parseArgs } from "node:util";
import prettyBytes from "pretty-bytes";
import { table } from "../cli/table.ts";
import { type ImportTime, measureImports, yardstick } from "./imports.ts";
import { median } from "./median.ts";

/*
 * What a cold function costs before it works: how large it is, and how long it takes to import,
 * each time in a Node of its own. The largest first. On a machine that others use, the last column
 * is the one to read: it compares with EC2's client, imported in the same minute.
 */

const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 3) throw new Error("--rounds is a number, at least 3");

const all = await measureImports(rounds);
const of = (times: readonly ImportTime[], by: keyof ImportTime): number =>
  median(times.map((time) => time[by]));
const bare = of(all.find(({ name }) => name === yardstick)?.times ?? [], "processor");
const rows = all.map(({ name, size, packed, times, limit }) => [
  ...[name, prettyBytes(size), prettyBytes(packed)],
  `${Math.round(of(times, "clock"))} ms`,
  `${Math.round(of(times, "processor"))} ms`,
  name === yardstick ? "" : `< ${limit} ms`,
  (of(times, "processor") / bare).toFixed(2),
]);
const head = ["function", "size", "gzip", "import", "of processors", "at most", "to EC2's client"];
process.stdout.write(`${table(head, rows)}\n`);
