import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { open, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { copyWritten } from "../../local/copy.ts";
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
  await writeFile(to, "");
  return { from, to, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
};

test("a copy that is written meanwhile is the same, and has the same holes", async () => {
  await using disk = await openDisk();
  await copyWritten(disk.from, disk.to, never);
  await run("cmp", [disk.from, disk.to]);
  const { blocks, size } = await stat(disk.to);
  expect(size).toBe(64 * 1024 ** 2);
  expect(blocks * 512).toBeLessThan(9 * 1024 ** 2);
});

test("a copy that is stopped, or that has no source, fails and lets go of its file", async () => {
  await using disk = await openDisk();
  const stopped = AbortSignal.abort(new Error("stopped"));
  await expect(copyWritten(disk.from, disk.to, stopped)).rejects.toThrow(/abort/i);
  await expect(copyWritten(`${disk.from}x`, disk.to, never)).rejects.toThrow(/No such file/);
  const descriptors = await run("ls", ["-l", `/proc/${process.pid}/fd`]);
  expect(descriptors.stdout).not.toContain(disk.to);
  expect((await readFile(disk.to)).length).toBe(0);
});
