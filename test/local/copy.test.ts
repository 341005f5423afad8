import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { attachLoop } from "../../agent/loop.ts";
import { copyInto } from "../../local/copy.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);
const never = new AbortController().signal;

/** A file of 64 MiB with 8 MiB of data in its middle. */
const openDisk = async () => {
  const folder = await temporaryFolder();
  const [from, to] = [join(folder.path, "from"), join(folder.path, "to")];
  await using file = await open(from, "w");
  await file.truncate(64 * 1024 ** 2);
  await file.write(randomBytes(8 * 1024 ** 2), 0, null, 24 * 1024 ** 2);
  await using target = await open(to, "w");
  await target.truncate(128 * 1024 ** 2);
  return { from, to, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
};

test("a copy into a larger file is the same, has the same holes, and leaves the rest a hole", async () => {
  await using disk = await openDisk();
  const { ino } = await stat(disk.to);
  await copyInto(disk.from, disk.to, never);
  await run("cmp", ["--bytes", String(64 * 1024 ** 2), disk.from, disk.to]);
  const copied = await stat(disk.to);
  expect([copied.ino, copied.size]).toEqual([ino, 128 * 1024 ** 2]);
  expect(copied.blocks * 512).toBeLessThan(9 * 1024 ** 2);
});

test("a device that was attached to the file before has what was copied", async () => {
  await using disk = await openDisk();
  const part = { start: 16 * 1024 ** 2, size: 32 * 1024 ** 2 };
  await using device = await attachLoop(disk.to, part);
  await copyInto(disk.from, disk.to, never);
  const there = ["--ignore-initial", `${part.start}:0`, "--bytes", String(part.size)];
  await run("cmp", [...there, disk.from, device.path]);
});

test("a copy that is stopped, or that has no source, fails and writes nothing", async () => {
  await using disk = await openDisk();
  const stopped = AbortSignal.abort(new Error("stopped"));
  await expect(copyInto(disk.from, disk.to, stopped)).rejects.toThrow("stopped");
  await expect(copyInto(`${disk.from}x`, disk.to, never)).rejects.toThrow(/No such file/);
  expect((await stat(disk.to)).blocks).toBe(0);
});
