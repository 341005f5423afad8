import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import prettyBytes from "pretty-bytes";
import { takeInventory } from "../agent/inventory/take.ts";
import { openThreads } from "../agent/inventory/threads.ts";
import { writeInventory } from "../agent/inventory/write.ts";
import { table } from "../cli/table.ts";
import { ratio } from "./median.ts";

/*
 * `node --max-semi-space-size=8 --no-turbofan bench/inventory.ts ROOT`, as the agent is started:
 * the inventory of a mounted root beside sha256sum over the same files, with a warm and a cold page cache, by turns.
 * A cold one is the whole machine's: `--caches warm` leaves it out.
 */

const run = promisify(execFile);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    caches: { type: "string", default: "warm,cold" },
  },
});
const [root] = positionals;
if (root === undefined)
  throw new Error("usage: node bench/inventory.ts [--rounds N] [--caches warm,cold] ROOT");

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

const folder = await mkdtemp(join(tmpdir(), "ovenbird-bench-"));

const ours = async (): Promise<void> => {
  const path = join(folder, "inventory.json.gz");
  await using threads = openThreads();
  await writeInventory(path, await takeInventory({ root, threads, say: () => undefined }));
  await rm(path);
};

const sums = (processes: number): Promise<unknown> => {
  const script = 'find "$1" -type f -print0 | xargs -0 -n 500 -P "$2" sha256sum > "$3"';
  const parameters = ["-c", script, "bash", root, String(processes), join(folder, "sums")];
  return run("bash", parameters);
};

const caches = {
  warm: async () => undefined,
  async cold() {
    await run("sync");
    await writeFile("/proc/sys/vm/drop_caches", "3");
  },
};

try {
  await sums(1);
  const rows: string[][] = [];
  for (const [cache, prepare] of Object.entries(caches)) {
    if (!values.caches.split(",").includes(cache)) continue;
    const taken: Record<"ours" | "one" | "two", number[]> = { ours: [], one: [], two: [] };
    for (let round = 0; round < Number(values.rounds); round++) {
      await prepare();
      taken.ours.push(await seconds(ours));
      await prepare();
      taken.one.push(await seconds(() => sums(1)));
      await prepare();
      taken.two.push(await seconds(() => sums(2)));
    }
    rows.push([`${cache}: inventory ÷ find | xargs sha256sum`, ratio(taken.ours, taken.one)]);
    rows.push([`${cache}: inventory ÷ the same with -P2`, ratio(taken.ours, taken.two)]);
  }
  rows.push(["memory, the most of it", prettyBytes(process.resourceUsage().maxRSS * 1024)]);
  process.stdout.write(`${table(["what", "median"], rows)}\n`);
} finally {
  await rm(folder, { recursive: true });
}
