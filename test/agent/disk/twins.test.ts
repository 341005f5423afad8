import { execFile } from "node:child_process";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { hasMountedTwin, temporaryUuid } from "../../../agent/disk/twin.ts";
import { attachLoop } from "../../../agent/loop.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { btrfs, ext4, linuxType, makeDisk, mebibyte, system, xfs } from "./disks.ts";
import { type Opened, opened, type Opener, startOpener } from "./open.ts";

const run = promisify(execFile);

const openers: Opener[] = [];

/** Agents of their own, each for one of the disks that are open at once. */
const openerOf = (index: number): Opener => (openers[index] ??= startOpener());

afterAll(() => Promise.all(openers.map((opener) => opener.end())));

/** The feature of a btrfs that has another UUID in its metadata. */
const metadataUuid = 0x400;

/** UUIDs and features, as they are on the disk. */
const superblock = async (disk: string): Promise<string> => {
  const { stdout } = await run("btrfs", ["inspect-internal", "dump-super", disk]);
  return stdout.match(/^(?:fsid|metadata_uuid|incompat_flags)\s.*$/gm)?.join("\n") ?? "";
};

test.each([
  { type: "ext4", mkfs: ext4, size: 64 },
  { type: "xfs", mkfs: xfs, size: 310 },
  { type: "btrfs", mkfs: btrfs, size: 128 },
])("three copies of one $type are open at once, and each gets its own files", async (kind) => {
  await using folder = await temporaryFolder();
  const paths = ["parent", "one", "other"].map((name) => join(folder.path, `${name}.raw`));
  const [parent = ""] = paths;
  const { size, mkfs } = kind;
  await makeDisk(parent, {
    size: size + 2,
    table: `label: gpt\nstart=1MiB, size=${size}MiB, type=${linuxType}\n`,
    volumes: [{ start: 1, size, mkfs, fill: system() }],
  });
  for (const path of paths.slice(1)) await copyFile(parent, path);
  const go = join(folder.path, "go");
  // all of them are mounted before any of them ends
  const commands = (path: string) =>
    `echo ${path} > "$ROOT/mark"; touch ${path}.open; while [ ! -e ${go} ]; do sleep 0.05; done; cat "$ROOT/mark"`;
  const answers = paths.map(async (disk, index) =>
    opened(await openerOf(index).ask({ disk, check: "journal", commands: commands(disk) })),
  );
  try {
    const failed = Promise.race(answers.map(forEver));
    for (const path of paths) await Promise.race([appears(`${path}.open`), failed]);
  } finally {
    // whatever went wrong, those that wait for it end
    await writeFile(go, "");
    await Promise.allSettled(answers);
  }
  const ends = await Promise.all(answers);
  expect(ends.map(({ output }) => output)).toEqual(paths.map((path) => `${path}\n`));
  expect(new Set(ends.map(({ mounts }) => mounts[0]?.uuid)).size).toBe(1);
  if (kind.type !== "btrfs") return;
  for (const path of paths) {
    await using device = await attachLoop(path, { start: mebibyte, size: size * mebibyte });
    const features = /^incompat_flags\s+0x([0-9a-f]+)$/m.exec(await superblock(device.path))?.[1];
    expect(Number.parseInt(features ?? "", 16) & metadataUuid).toBe(0);
  }
});

/** Rejects for a disk that was refused, and never ends for one that was not. */
const forEver = async (answer: Promise<Opened>): Promise<never> => {
  await answer;
  return new Promise(() => undefined);
};

const appears = async (path: string): Promise<void> => {
  for (let tries = 0; tries < 400; tries++) {
    if ((await run("ls", [path]).catch(() => undefined)) !== undefined) return;
    await sleep(50);
  }
  throw new Error(`${path} did not appear: its disk was not opened`);
};

test("a btrfs gets another UUID for older kernels, and in the end its own without a new feature", async () => {
  await using folder = await temporaryFolder();
  const [parent, child] = ["parent", "child"].map((name) => join(folder.path, `${name}.raw`));
  if (parent === undefined || child === undefined) throw new Error("two paths are needed");
  await makeDisk(parent, {
    size: 128,
    // mounted once: the kernel sets features of its own
    volumes: [{ start: 0, size: 128, mkfs: btrfs, fill: system() }],
  });
  await copyFile(parent, child);
  const whole = { start: 0, size: 128 * mebibyte };
  // another with its UUID can be seen all the time
  await using _ = await attachLoop(parent, whole);
  await using device = await attachLoop(child, whole);
  const before = await superblock(child);
  {
    await using _ = await temporaryUuid(device.path);
    const during = await superblock(child);
    expect(/^fsid.*$/m.exec(during)?.[0]).not.toBe(/^fsid.*$/m.exec(before)?.[0]);
    expect(/^metadata_uuid.*$/m.exec(during)?.[0]).toBe(/^metadata_uuid.*$/m.exec(before)?.[0]);
    const script = `mount -t tmpfs tmpfs /mnt; mkdir /mnt/m; mount "$0" /mnt/m; echo x > /mnt/m/new; umount /mnt/m`;
    await run("unshare", ["--mount", "bash", "-ec", script, device.path]);
  }
  expect(await superblock(child)).toBe(before);
  await run("btrfs", ["check", "--readonly", child]);
});

test("a btrfs whose UUID nothing has mounted needs no other", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 128,
    volumes: [{ start: 0, size: 128, mkfs: btrfs }],
  });
  expect(await hasMountedTwin(disk)).toBe(false);
});
