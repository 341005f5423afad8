import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import prettyBytes from "pretty-bytes";
import { buildFunctions } from "../pack/functions.ts";
import { table } from "../cli/table.ts";
import { pretendStage } from "../test/support/pretend-stage.ts";
import { median } from "./median.ts";

/*
 * What a cold function costs before it works: how large it is, and how long it takes to import,
 * each time in a Node of its own. The largest first.
 */

const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 3) throw new Error("--rounds is a number, at least 3");

const environment = { AWS_REGION: "eu-west-1", OVENBIRD_STAGE: JSON.stringify(pretendStage) };

/** Milliseconds of one import: by the clock, and of processors, which others do not lengthen. */
const importOf = (path: string): { clock: number; processor: number } => {
  const script = `const clock = performance.now(), used = process.cpuUsage();
    await import(${JSON.stringify(path)});
    const { user, system } = process.cpuUsage(used);
    console.log(JSON.stringify({
      clock: performance.now() - clock, processor: (user + system) / 1000,
    }));`;
  const node = ["--input-type=module", "--eval", script];
  const told = execFileSync(process.execPath, node, { encoding: "utf8", env: environment });
  return JSON.parse(told) as { clock: number; processor: number };
};

/** At most, in milliseconds: EC2's client alone takes most of it. */
const limitOf = (code: string): number => (code.includes("ec2.amazonaws.com/doc") ? 150 : 90);

const measure = async (folder: string, name: string) => {
  const path = join(folder, name, "index.mjs");
  const code = await readFile(path, "utf8");
  const times = Array.from({ length: rounds }, () => importOf(path));
  return { name, size: code.length, packed: gzipSync(code).length, times, limit: limitOf(code) };
};

const folder = await mkdtemp(join(tmpdir(), "ovenbird-functions-"));
try {
  await buildFunctions(folder);
  const all: Awaited<ReturnType<typeof measure>>[] = [];
  for (const name of await readdir(folder)) all.push(await measure(folder, name));
  const rows = all
    .toSorted((one, other) => other.size - one.size)
    .map(({ name, size, packed, times, limit }) => [
      ...[name, prettyBytes(size), prettyBytes(packed)],
      `${Math.round(median(times.map(({ clock }) => clock)))} ms`,
      `${Math.round(median(times.map(({ processor }) => processor)))} ms`,
      `< ${limit} ms`,
    ]);
  const head = ["function", "size", "gzip", "import", "of processors", "at most"];
  process.stdout.write(`${table(head, rows)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
