import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { espCopy } from "../../../agent/disk/esp.ts";
import { openDisk, type OpenDiskOrder } from "../../../agent/disk/open-disk.ts";
import { attachLoop } from "../../../agent/loop.ts";
import { mounted } from "../../../agent/mount.ts";

/*
 * Opens disks as the agent does, in namespaces of its own. It reads orders from its standard input,
 * one a line, runs an order's commands with `$ROOT`, and prints what came of it.
 */

type Order = Omit<OpenDiskOrder, "scratch" | "say"> & {
  folder: string;
  commands: string;
  /** The disk is a FAT, to be copied out and back as where the kernel has none. */
  copy?: boolean;
};

const copyOf = async ({ folder, commands, disk }: Order) => {
  await using scratch = await mounted(folder, { source: "tmpfs", type: "tmpfs" });
  const { size } = await stat(disk);
  await using device = await attachLoop(disk, { start: 0, size });
  const path = join(scratch.path, "esp");
  await using _ = await espCopy({
    device: device.path,
    size,
    path,
    scratch: join(scratch.path, "own"),
  });
  const env = { ...process.env, ROOT: path };
  const { stdout } = await promisify(execFile)("bash", ["-euc", commands], { env });
  return { output: stdout };
};

const work = async (order: Order, say: (line: string) => void) => {
  if (order.copy === true) return copyOf(order);
  const { folder, commands } = order;
  await using scratch = await mounted(folder, { source: "tmpfs", type: "tmpfs" });
  await using opened = await openDisk({ ...order, scratch: scratch.path, say });
  const env = { ...process.env, ROOT: opened.root };
  const { stdout } = await promisify(execFile)("bash", ["-euc", commands], { env });
  const { root: _, fileSystem, mounts, table } = opened;
  return { fileSystem, mounts, table, output: stdout };
};

const firstError = (error: unknown): Error =>
  error instanceof SuppressedError ? firstError(error.suppressed) : (error as Error);

for await (const line of createInterface({ input: process.stdin })) {
  const said: string[] = [];
  const answer = await work(JSON.parse(line) as Order, (remark) => said.push(remark)).catch(
    (error: unknown) => {
      const { name, message } = firstError(error);
      return { error: { name, message } };
    },
  );
  process.stdout.write(`${JSON.stringify({ ...answer, said })}\n`);
}
