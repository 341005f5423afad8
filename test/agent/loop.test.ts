import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { attachLoop } from "../../agent/loop.ts";
import { run } from "../../agent/run.ts";
import { killHard, processesWith } from "../support/processes.ts";
import { loopDevices, temporaryFolder } from "../support/temporary-folder.ts";

const mebibyte = 1024 ** 2;

const makeDisk = async (folder: string): Promise<string> => {
  const path = join(folder, "disk.raw");
  await using file = await open(path, "w");
  await file.truncate(32 * mebibyte);
  await file.write("before", mebibyte - 6);
  await file.write("inside", mebibyte);
  await file.write("after", 17 * mebibyte);
  return path;
};

test("a loop device is the part of the disk that was asked for, and gone with its scope", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(folder.path);
  {
    await using device = await attachLoop(disk, { start: mebibyte, size: 16 * mebibyte });
    expect(await run(["blockdev", "--getsize64", device.path])).toEqual([String(16 * mebibyte)]);
    await using file = await open(device.path, "r");
    const { buffer } = await file.read(Buffer.alloc(6), 0, 6, 0);
    expect(buffer.toString()).toBe("inside");
    expect(await loopDevices(folder.path)).toHaveLength(1);
  }
  expect(await loopDevices(folder.path)).toEqual([]);
});

test("two parts of one disk are two devices", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(folder.path);
  await using one = await attachLoop(disk, { start: mebibyte, size: mebibyte });
  await using other = await attachLoop(disk, { start: 2 * mebibyte, size: mebibyte });
  expect(one.path).not.toBe(other.path);
});

test("a part that is attached is the same device for whoever attaches it again", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(folder.path);
  const part = { start: mebibyte, size: mebibyte };
  const first = await attachLoop(disk, part);
  await using second = await attachLoop(disk, part);
  expect(second.path).toBe(first.path);
  await first[Symbol.asyncDispose]();
  expect(await loopDevices(folder.path)).toHaveLength(1);
});

test("many that are attached at once are as many devices, and none waits for its turn to come again", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(folder.path);
  const parts = Array.from({ length: 12 }, (_, index) => ({
    ...{ start: (1 + index) * mebibyte, size: mebibyte },
  }));
  const devices = await Promise.all(parts.map((part) => attachLoop(disk, part)));
  expect(new Set(devices.map(({ path }) => path)).size).toBe(12);
  await Promise.all(devices.map((device) => device[Symbol.asyncDispose]()));
});

test("a part that overlaps one that is attached is refused", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(folder.path);
  await using _ = await attachLoop(disk, { start: mebibyte, size: 2 * mebibyte });
  await expect(attachLoop(disk, { start: 2 * mebibyte, size: mebibyte })).rejects.toMatchObject({
    name: "CommandFailed",
  });
});

test("a disk that is not there is named", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "nowhere.raw");
  await expect(attachLoop(path, { start: 0, size: mebibyte })).rejects.toMatchObject({
    message: expect.stringContaining(path),
  });
});

test.each(["the program", "what started it"])(
  "a mounted loop device is gone when %s is killed, however hard",
  async (victim) => {
    await using folder = await temporaryFolder();
    const disk = await makeDisk(folder.path);
    const program = join(import.meta.dirname, "../support/programs/hold-loop.ts");
    const holder = spawn(
      "unshare",
      [
        ...["--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"],
        ...[process.execPath, program, disk, folder.path],
      ],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    const ended = once(holder, "exit");
    await once(holder.stdout, "data");
    expect(await loopDevices(folder.path)).toHaveLength(1);
    const node = processesWith(`${program} ${disk}`).find(({ pid }) => pid !== holder.pid);
    killHard(victim === "the program" ? node?.pid : holder.pid);
    await ended;
    // that nothing is left, the end of the folder's scope asserts
  },
);
