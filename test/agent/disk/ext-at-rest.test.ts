import { join } from "node:path";
import { expect, test } from "vitest";
import { isExtAtRest } from "../../../agent/disk/ext-at-rest.ts";
import { run } from "../../../agent/run.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { makeDisk } from "./disks.ts";

const made = (type: string) => ({
  size: 32,
  volumes: [{ start: 0, size: 32, mkfs: [`mkfs.${type}`, "-q"], fill: "echo here > mark" }],
});

const mountedCopy = `set -eu
  mount -t tmpfs tmpfs /mnt; mkdir /mnt/m; mount -o loop "$1" /mnt/m
  echo more > /mnt/m/more; sync; cp "$1" "$2"; umount /mnt/m`;

test.each(["ext2", "ext3", "ext4"])(
  "an %s that was unmounted is at rest; a copy that was made while it was mounted is not",
  async (type) => {
    await using folder = await temporaryFolder();
    const disk = await makeDisk(join(folder.path, "disk.raw"), made(type));
    expect(await isExtAtRest(disk)).toBe(true);
    const copy = join(folder.path, "copy.raw");
    await run(["unshare", "--mount", "bash", "-c", mountedCopy, "bash", disk, copy]);
    expect(await isExtAtRest(copy)).toBe(false);
    expect(await isExtAtRest(disk)).toBe(true);
  },
);

test.each([
  ["has an error noted", "ssv state 2"],
  ["was not unmounted", "ssv state 0"],
  ["has orphans", "ssv last_orphan 12"],
])("an ext4 that %s is not at rest", async (_, command) => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), made("ext4"));
  await run(["debugfs", "-w", "-R", command, disk]);
  expect(await isExtAtRest(disk)).toBe(false);
});

test("a file that is too short for a file system is not at rest", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "short");
  await run(["truncate", "-s", "1500", path]);
  expect(await isExtAtRest(path)).toBe(false);
});
