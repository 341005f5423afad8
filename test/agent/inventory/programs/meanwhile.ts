import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openHeadStart } from "../../../../agent/inventory/head-start.ts";
import { takeInventory } from "../../../../agent/inventory/take.ts";
import { openThreads } from "../../../../agent/inventory/threads.ts";
import { writeInventory } from "../../../../agent/inventory/write.ts";
import { inventoryFile } from "../../../../core/inventory/document.ts";

/*
 * `meanwhile.ts ROOT FOLDER SCRIPT`: takes the inventory of a mounted root into a new folder, after
 * a script that had time to change what was read of it before.
 */
const [root = "", folder = "", script = ""] = process.argv.slice(2);
await mkdir(folder);
await writeFile(join(root, "late"), "changed a moment before");
await using threads = openThreads();
await using headStart = await openHeadStart({ root, threads });
await headStart.finished;
execFileSync("bash", ["-euc", script], { cwd: root });
const known = await headStart.end();
const said: string[] = [];
const inventory = await takeInventory({
  root,
  threads,
  known: async () => known,
  say: (line) => said.push(line),
});
await writeInventory(join(folder, inventoryFile), inventory);
const names = [...known].flatMap(([path, files]) => files.map(({ name }) => `${path}/${name}`));
await writeFile(join(folder, "said.txt"), said.join("\n"));
await writeFile(join(folder, "known.txt"), names.toSorted().join("\n"));
