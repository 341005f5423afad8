import { execFile } from "node:child_process";
import { open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { btrfs, keep, ext4, makeDisk, type MadeDisk, mebibyte, system, xfs } from "./disks.ts";
import { open, refusal } from "./open.ts";

const run = promisify(execFile);

/** A disk of one file system. */
const whole = (size: number, mkfs: readonly string[], fill = system()): MadeDisk => ({
  size,
  volumes: [{ start: 0, size, mkfs, fill }],
});

/** Overwrites what is somewhere on a disk; offsets and lengths in bytes. */
const damage = async (disk: string, places: readonly [offset: number, length: number][]) => {
  await using file = await openFile(disk, "r+");
  for (const [offset, length] of places) {
    await file.write(Buffer.alloc(length, 0xa5), 0, length, offset);
  }
};

/** Where a btrfs has its root tree, in both of its copies. */
const btrfsTrees = async (disk: string): Promise<[number, number][]> => {
  const { stdout } = await run("btrfs", ["inspect-internal", "dump-tree", "-t", "chunk", disk]);
  const stripes = [...stdout.matchAll(/type METADATA.*?(?=item|$)/gs)].flatMap(([chunk]) =>
    [...chunk.matchAll(/stripe \d+ devid \d+ offset (\d+)/g)].map(([, offset]) => Number(offset)),
  );
  return stripes.map((offset) => [offset, mebibyte]);
};

test.each([
  { kind: "ext4", disk: whole(64, ext4), places: async () => [[1024 * 5, 300 * 1024]] },
  { kind: "xfs", disk: whole(320, xfs), places: async () => [[64 * 1024, 64 * 1024]] },
  { kind: "btrfs", disk: whole(128, btrfs), places: btrfsTrees },
] as const)(
  "a damaged $kind is refused by what its checker says",
  async ({ kind, disk, places }) => {
    await using folder = await temporaryFolder();
    const path = await makeDisk(join(folder.path, "disk.raw"), disk);
    await damage(path, (await places(path)) as [number, number][]);
    const error = await refusal({ disk: path });
    expect(error.name).toBe("CorruptDisk");
    expect(error.message).toMatch(
      new RegExp(`^the disk \\(${kind}\\) is damaged; .*The check said:\n`, "s"),
    );
    expect(error.message.split("\n").length).toBeGreaterThan(1);
  },
);

/** A copy of a disk as it is while its file system is mounted and was not told to be put in order. */
const unclean = async (disk: string, made: MadeDisk, stop: string): Promise<string> => {
  await makeDisk(disk, made);
  const script = `set -eu
    LOOP=$(losetup --find --show "$1"); trap 'losetup --detach "$LOOP"' EXIT
    mount -t tmpfs tmpfs /mnt; mkdir /mnt/m; mount "$LOOP" /mnt/m
    mkdir -p /mnt/m/new; for n in $(seq 50); do echo $n > /mnt/m/new/$n; done
    ${stop}`;
  await run("unshare", ["--mount", "bash", "-c", script, "bash", disk]);
  return disk;
};

test("an ext4 that was not unmounted has its journal replayed, whoever vouches for it", async () => {
  await using folder = await temporaryFolder();
  const stop = `sync; cp "$1" "$1.copy"; umount /mnt/m; mv "$1.copy" "$1"`;
  for (const check of ["full", "journal"] as const) {
    const disk = await unclean(join(folder.path, `${check}.raw`), whole(64, ext4), stop);
    const commands = 'ls "$ROOT/new" | wc -l';
    expect((await open({ disk, check, commands })).output).toBe("50\n");
    await run("e2fsck", ["-f", "-n", disk]);
  }
});

test("an xfs that was not unmounted is refused when nobody vouches for it, with what to do", async () => {
  await using folder = await temporaryFolder();
  const stop = "sync; xfs_io -x -c 'shutdown -f' /mnt/m; umount /mnt/m";
  const disk = await unclean(join(folder.path, "disk.raw"), whole(320, xfs), stop);
  await using kept = await keep(disk);
  expect(await refusal({ disk })).toEqual({
    name: "UnsupportedDisk",
    message: expect.stringMatching(/was not unmounted.*mount and unmount the disk once/),
  });
  await kept.compare();
  const { output } = await open({ disk, check: "journal", commands: 'ls "$ROOT/new" | wc -l' });
  expect(output).toBe("50\n");
});

test("what this kernel cannot mount is refused by name: the XFS of before 2013", async () => {
  await using folder = await temporaryFolder();
  const old = ["mkfs.xfs", "-q", "-f", "-m", "crc=0,finobt=0,reflink=0,rmapbt=0"];
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 320,
    volumes: [{ start: 0, size: 320, mkfs: ["sh", "-c", `${old.join(" ")} "$0" 2> /dev/null`] }],
  });
  await using kept = await keep(disk);
  const error = await refusal({ disk });
  expect(error.name).toBe("UnsupportedDisk");
  // kernels with XFS_SUPPORT_V4 mount it, and find that it is empty
  expect(error.message).toMatch(
    /cannot mount the disk \(xfs\)|no partition of the disk has a system/,
  );
  await kept.compare();
});

test("a clean disk is only read until everything about it is known", async () => {
  await using folder = await temporaryFolder();
  for (const [kind, made] of Object.entries({
    ext4: whole(64, ext4, system("LABEL=none /x ext4 defaults 0 0")),
    xfs: whole(320, xfs, system("LABEL=none /x ext4 defaults 0 0")),
    btrfs: whole(128, btrfs, system("LABEL=none /x ext4 defaults 0 0")),
  })) {
    const disk = await makeDisk(join(folder.path, `${kind}.raw`), made);
    await using kept = await keep(disk);
    expect((await refusal({ disk })).name).toBe("UnsupportedDisk");
    await kept.compare();
  }
});

test("a btrfs of two devices is refused", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 260,
    table: "label: gpt\nstart=1MiB, size=128MiB\nstart=129MiB, size=128MiB\n",
    volumes: [
      {
        ...{ start: 1, size: 128 },
        mkfs: [
          "bash",
          "-ec",
          `OTHER=$(losetup --find --show --offset ${129 * mebibyte} --sizelimit ${128 * mebibyte} "$DISK")
          trap 'losetup --detach "$OTHER"' EXIT
          mkfs.btrfs -q -f "$0" "$OTHER"`,
        ],
      },
    ],
  });
  expect(await refusal({ disk })).toEqual({
    name: "UnsupportedDisk",
    message: expect.stringMatching(/is one of 2 devices of a btrfs/),
  });
});
