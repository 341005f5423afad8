import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReadJob } from "../core/agent-job.ts";
import type { Inventory } from "../core/inventory.ts";
import { inventoryFile, unpackInventory } from "../core/inventory/document.ts";
import { runAgentProcess } from "./agent-process.ts";
import { importDisk, stockFormat } from "./disk-format/import-disk.ts";
import { tryLock } from "./lock.ts";
import type { Paths } from "./paths.ts";
import { openScratch } from "./unpacked.ts";

export interface ReadDiskOrder {
  paths: Paths;
  /** A disk's file, of any format that is imported. */
  file: string;
  /** The agent's program, for this Node. */
  program: string;
  signal: AbortSignal;
  /** Remarks of the agent's. */
  say(line: string): void;
}

/**
 * Takes the inventory of a disk's file by an agent of its own, which changes nothing in it. A file
 * that is not raw is unpacked in the state directory meanwhile. Throws UnusableDisk, NotReady and
 * the agent's errors.
 */
export const readDisk = async (order: ReadDiskOrder): Promise<Inventory> => {
  const { paths, file, program, signal, say } = order;
  await using scratch = await openScratch(paths);
  const disk = await rawDisk(order, join(scratch.path, "disk.raw"));
  const inventory = join(scratch.path, inventoryFile);
  const call = { job: join(scratch.path, "job.json"), result: join(scratch.path, "result.json") };
  const job: ReadJob = { kind: "read", disk, inventory };
  await writeFile(call.job, JSON.stringify(job));
  await using lock = await tryLock(join(scratch.path, "agent-lock"));
  if (lock === undefined) throw new Error(`${file} is read by an agent with our lock`);
  await runAgentProcess(
    { program, lock: lock.fd, signal },
    {
      ...{ ...call, secrets: {} },
      onEvent: (event) => event.event === "step-output" && say(event.text),
    },
  );
  return unpackInventory(await readFile(inventory));
};

const rawDisk = async ({ file, signal }: ReadDiskOrder, to: string): Promise<string> => {
  if ((await stockFormat(file)) === "raw") return file;
  await importDisk({ file, to, signal });
  return to;
};
