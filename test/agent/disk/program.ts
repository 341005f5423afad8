import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { openDisk, type OpenDiskOrder } from "../../../agent/disk/open-disk.ts";
import { mounted } from "../../../agent/mount.ts";

/*
 * Opens a disk as the agent does, in namespaces of its own: `program.ts FOLDER`. It reads the order
 * from its standard input, runs the commands with `$ROOT`, and prints what came of it.
 */

const [folder = ""] = process.argv.slice(2);
const order = JSON.parse(await text(process.stdin)) as Omit<OpenDiskOrder, "scratch" | "say"> & {
  commands: string;
};
const said: string[] = [];

const work = async () => {
  await mkdir(folder, { recursive: true });
  await using scratch = await mounted(folder, { source: "tmpfs", type: "tmpfs" });
  const say = (line: string) => said.push(line);
  await using opened = await openDisk({ ...order, scratch: scratch.path, say });
  const env = { ...process.env, ROOT: opened.root, SCRATCH: join(scratch.path, "own") };
  const { stdout } = await promisify(execFile)("bash", ["-euc", order.commands], { env });
  const { root: _, fileSystem, mounts, table } = opened;
  return { fileSystem, mounts, table, output: stdout };
};

const answer = await work().catch((error: unknown) => {
  const first = error instanceof SuppressedError ? (error.suppressed as Error) : (error as Error);
  return { error: { name: first.name, message: first.message } };
});
process.stdout.write(JSON.stringify({ ...answer, said }));
