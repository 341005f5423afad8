import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, readdir, readFile, rename, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { digestOf } from "../../../local/disk-format/digest-of.ts";
import { importDisk } from "../../../local/disk-format/import-disk.ts";
import { compare, converted, diskSize, mebibyte, never, openDisks, patch, run } from "./disks.ts";

const importTo = (file: string, to: string) => importDisk({ file, to, signal: never });

test.each([
  ["disk.qcow2", "qcow2", ["-O", "qcow2"]],
  ["disk.img", "qcow2", ["-O", "qcow2", "-c", "-o", "compression_type=zstd"]],
  ["old.qcow2", "qcow2", ["-O", "qcow2", "-o", "compat=0.10"]],
  ["disk.vmdk", "vmdk", ["-O", "vmdk"]],
  ["stream.vmdk", "vmdk", ["-O", "vmdk", "-o", "subformat=streamOptimized"]],
  ["fixed.vhd", "vhd", ["-O", "vpc", "-o", "subformat=fixed,force_size=on"]],
  ["Dynamic.VHD", "vhd", ["-O", "vpc", "-o", "subformat=dynamic,force_size=on"]],
] as const)("%s becomes the raw disk that it holds, byte for byte", async (name, format, words) => {
  await using disks = await openDisks();
  const file = await converted(disks, name, words);
  const imported = await importTo(file, disks.at("to"));
  const digest = `sha256:${createHash("sha256")
    .update(await readFile(file))
    .digest("hex")}`;
  expect(imported).toEqual({ format, bytes: diskSize, digest });
  expect(await digestOf(file, never)).toBe(digest);
  await compare(disks.at("to"), disks.at("disk.raw"));
  expect((await stat(disks.at("to"))).blocks * 512).toBeLessThan(diskSize / 2);
});

test.each(["disk.raw", "disk.img", "disk"])("a raw %s is copied, its holes kept", async (name) => {
  await using disks = await openDisks();
  if (name !== "disk.raw") await rename(disks.at("disk.raw"), disks.at(name));
  const { format, bytes } = await importTo(disks.at(name), disks.at("to"));
  expect({ format, bytes }).toEqual({ format: "raw", bytes: diskSize });
  await compare(disks.at("to"), disks.at(name));
  expect((await stat(disks.at("to"))).blocks * 512).toBeLessThan(diskSize / 2);
});

test("a VHD that VirtualBox wrote is as large as it states, not as its cylinders say", async () => {
  await using disks = await openDisks();
  const words = ["-O", "vpc", "-o", "subformat=fixed,force_size=on"];
  const file = await converted(disks, "disk.vhd", words);
  const footer = (await readFile(file)).subarray(-512);
  footer.write("vbox", 28, "latin1");
  footer.writeUInt16BE(10, 56); // cylinders
  footer.writeUInt32BE(0, 64);
  footer.writeUInt32BE(~footer.reduce((sum, byte) => sum + byte, 0) >>> 0, 64);
  await patch(file, diskSize, footer);
  expect(await importTo(file, disks.at("to"))).toMatchObject({ bytes: diskSize });
  await compare(disks.at("to"), disks.at("disk.raw"));
});

test("another user's file that nobody else may read is read", async () => {
  await using disks = await openDisks();
  const file = await converted(disks, "disk.qcow2", ["-O", "qcow2"]);
  execFileSync("chown", ["65534:65534", file]);
  execFileSync("chmod", ["600", file]);
  expect(await importTo(file, disks.at("to"))).toMatchObject({ bytes: diskSize });
});

test("what is at the target already is kept", async () => {
  await using disks = await openDisks();
  await copyFile(disks.at("disk.raw"), disks.at("to"));
  await expect(importTo(disks.at("disk.raw"), disks.at("to"))).rejects.toThrow(/EEXIST/);
  await expect(importTo(disks.at("disk.raw"), disks.at("disk.raw"))).rejects.toThrow(/EEXIST/);
  await compare(disks.at("to"), disks.at("disk.raw"));
});

/** Does it again and again, until the work has ended. */
const whileDoing = async (work: Promise<unknown>, disturb: () => Promise<unknown>) => {
  const end = work.then(
    () => true,
    () => true,
  );
  for (let ended = false; !ended;) {
    await disturb();
    ended = await Promise.race([end, sleep(1, false)]);
  }
};

test("a raw disk that is written meanwhile is noticed, and nothing of it is kept", async () => {
  await using disks = await openDisks();
  const importing = importTo(disks.at("disk.raw"), disks.at("to"));
  await whileDoing(importing, () => patch(disks.at("disk.raw"), diskSize / 2, Buffer.from("x")));
  await expect(importing).rejects.toMatchObject({
    name: "UnusableDisk",
    message: expect.stringContaining("disk.raw changed while it was read"),
  });
  expect(await readdir(disks.path)).not.toContain("to");
});

test("a file that is put in the place of another meanwhile is noticed", async () => {
  await using disks = await openDisks();
  const digesting = digestOf(disks.at("disk.raw"), never);
  await whileDoing(digesting, async () => {
    await copyFile(disks.at("disk.raw"), disks.at("other"));
    await rename(disks.at("other"), disks.at("disk.raw"));
  });
  await expect(digesting).rejects.toThrow(/changed while it was read/);
});

test.each(["disk.raw", "disk.qcow2"])(
  "an import of %s that is stopped leaves neither a file nor a process",
  async (name) => {
    await using disks = await openDisks();
    await converted(disks, "disk.qcow2", ["-O", "qcow2"]);
    const stop = new AbortController();
    const importing = importDisk({
      ...{ file: disks.at(name), to: disks.at("to") },
      signal: stop.signal,
    });
    await Promise.all([
      expect(importing).rejects.toMatchObject({ name: "AbortError" }),
      until(() => exists(disks.at("to"))).then(() => stop.abort()),
    ]);
    expect(await readdir(disks.path)).not.toContain("to");
  },
);

const until = async (isTime: () => Promise<boolean>) => {
  while (!(await isTime())) await sleep(1);
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

test("a full disk is told before anything is written", async () => {
  await using disks = await openDisks();
  await using small = await smallDisk(disks.at("root"), 17);
  const file = await converted(disks, "disk.qcow2", ["-O", "qcow2"]);
  for (const from of [file, disks.at("disk.raw")]) {
    await expect(importTo(from, small.at("to"))).rejects.toMatchObject({
      name: "NotReady",
      message: expect.stringMatching(/has 1\d MiB free, and .*to takes up to \d\d MiB: make room/),
    });
  }
  expect(await readdir(small.path)).toEqual([]);
});

// the disk must shrink while it is written to, which a busy machine may miss
test(
  "a disk that becomes full meanwhile is told, and nothing is left on it",
  { retry: 3 },
  async () => {
    await using disks = await openDisks();
    await run("truncate", ["--size", String(300 * mebibyte), disks.at("disk.raw")]);
    await patch(disks.at("disk.raw"), diskSize, Buffer.alloc(250 * mebibyte, "noise"));
    await using small = await smallDisk(disks.at("root"), 330);
    const file = await converted(disks, "disk.qcow2", ["-O", "qcow2"]);
    const importing = importTo(file, small.at("to"));
    await Promise.all([
      expect(importing).rejects.toMatchObject({
        name: "NotReady",
        message: expect.stringContaining("became full while"),
      }),
      until(() => hasContent(small.at("to"))).then(() => small.resize(200)),
    ]);
    expect(await readdir(small.path)).toEqual([]);
  },
);

const hasContent = (path: string): Promise<boolean> =>
  stat(path).then(
    ({ blocks }) => blocks > 0,
    () => false,
  );

/** A file system of so many MiB. */
const smallDisk = async (path: string, size: number) => {
  const options = (size: number) => ["-t", "tmpfs", "-o", `size=${size}m`, "tmpfs", path];
  await run("mount", options(size));
  return {
    path,
    at: (name: string) => `${path}/${name}`,
    resize: (size: number) => run("mount", ["-o", `remount,size=${size}m`, path]),
    [Symbol.asyncDispose]: async () => void (await run("umount", [path])),
  };
};
