import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { takeInventory } from "../../../../agent/inventory/take.ts";
import { openThreads } from "../../../../agent/inventory/threads.ts";
import { writeInventory } from "../../../../agent/inventory/write.ts";
import { inventoryFile } from "../../../../core/inventory/document.ts";

/*
 * `take.ts ROOT FOLDER`: takes the inventory of a mounted root into a new folder, with what was
 * said and the memory it took, in KiB, or with the error.
 */
const [root = "", folder = ""] = process.argv.slice(2);
await mkdir(folder);
const said: string[] = [];
try {
  await using threads = openThreads();
  const inventory = await takeInventory({ root, threads, say: (line) => said.push(line) });
  await writeInventory(join(folder, inventoryFile), inventory);
  await writeFile(join(folder, "said.txt"), said.join("\n"));
  await writeFile(join(folder, "peak.txt"), String(process.resourceUsage().maxRSS));
} catch (error) {
  const { name, message } = error as Error;
  await writeFile(join(folder, "error.json"), JSON.stringify({ name, message }));
}
