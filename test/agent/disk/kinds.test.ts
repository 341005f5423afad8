import { join } from "node:path";
import { expect, test } from "vitest";
import { attachLoop } from "../../../agent/loop.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import {
  btrfs,
  ext4,
  linuxType,
  makeDisk,
  mebibyte,
  plainDisk,
  rootType,
  system,
  xfs,
} from "./disks.ts";
import { open } from "./open.ts";

/** Marks of the file systems, where they are found. */
const marks = `cd "$ROOT" && find . -name 'mark-*' | sort`;

/** What is mounted where in the image, with its options. */
const mounts = `awk -v root="$ROOT" 'index($5, root) == 1 { sub(root, "", $5); print $5 "/", $6, $4 }' /proc/self/mountinfo`;

test("a GPT with one ext4 is opened, and what is written stays", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), plainDisk());
  const commands = 'cat "$ROOT/etc/os-release"; echo here > "$ROOT/mark"';
  const first = await open({ disk, commands });
  expect(first.output).toBe('PRETTY_NAME="Small 1"\n');
  expect(first.fileSystem).toBe("ext4");
  expect(first.table.kind).toBe("gpt");
  expect(first.mounts).toEqual([
    expect.objectContaining({
      ...{ path: "/", type: "ext4" },
      partition: expect.objectContaining({ table: "gpt", number: 1 }),
    }),
  ]);
  const second = await open({ disk, check: "journal", commands: 'cat "$ROOT/mark"' });
  expect(second.output).toBe("here\n");
  expect([...first.said, ...second.said]).toEqual([]);
});

test("a disk that is a block device is opened as a file is, and grown", async () => {
  await using folder = await temporaryFolder();
  const path = await makeDisk(join(folder.path, "disk.raw"), { ...plainDisk(), grownTo: 128 });
  await using disk = await attachLoop(path, { start: 0, size: 128 * mebibyte });
  const opened = await open({ disk: disk.path, folder: folder.path, commands: "ls $ROOT/etc" });
  expect(opened.output).toBe("os-release\n");
  expect(opened.mounts[0]).toMatchObject({ partition: { number: 1 } });
  expect(opened.table.partitions[0]?.size).toBe(126 * mebibyte);
});

test("all of an fstab's own file systems are mounted, by whatever name, in each other", async () => {
  await using folder = await temporaryFolder();
  const uuid = "6a7e4b62-5d0e-4d7c-9f5a-0c1f6f1c2d3e";
  const partitionUuid = "7B7E4B62-5D0E-4D7C-9F5A-0C1F6F1C2D3E";
  const fstab = [
    `UUID=${uuid} /boot ext3 defaults,x-systemd.device-timeout=1,dev,suid 0 2`,
    `PARTUUID=${partitionUuid} /home ext4 loop,context=x 0 2`,
    "LABEL=var\\040data /srv/my\\040data xfs prjquota 0 2",
    "/dev/nvme0n1p1 / ext4 defaults 0 1",
    "PARTLABEL=deep /srv/my\\040data/deep auto defaults",
    "/dev/sda6 none swap sw 0 0",
    "/dev/disk/by-label/missing /mnt/nofail ext4 nofail 0 0",
    "/dev/sr0 /media/cdrom udf,iso9660 user,noauto 0 0",
    "tmpfs /tmp tmpfs size=1G 0 0",
    "nas:/export /mnt/nas nfs defaults 0 0",
    "/srv /mnt/bind none bind 0 0",
  ].join("\n");
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 480,
    table: [
      "label: gpt",
      `1 : start=1MiB, size=50MiB, type=${linuxType}`,
      `2 : start=51MiB, size=20MiB, type=${linuxType}`,
      `3 : start=71MiB, size=20MiB, type=${linuxType}, uuid=${partitionUuid}`,
      `4 : start=91MiB, size=310MiB, type=${linuxType}`,
      `5 : start=401MiB, size=20MiB, type=${linuxType}, name=deep`,
      `6 : start=421MiB, size=20MiB, type=swap`,
      "",
    ].join("\n"),
    volumes: [
      { start: 1, size: 50, mkfs: ext4, fill: system(fstab, "touch mark-root") },
      { start: 51, size: 20, mkfs: ["mkfs.ext3", "-q", "-U", uuid], fill: "touch mark-boot" },
      { start: 71, size: 20, mkfs: ["mkfs.ext2", "-q"], fill: "touch mark-home" },
      { start: 91, size: 310, mkfs: [...xfs, "-L", "var data"], fill: "touch mark-var" },
      { start: 401, size: 20, mkfs: ext4, fill: "touch mark-deep" },
      { start: 421, size: 20, mkfs: ["mkswap"] },
    ],
  });
  const opened = await open({ disk, commands: `${marks}; ${mounts}` });
  const lines = opened.output.split("\n");
  expect(lines.slice(0, 5)).toEqual([
    "./boot/mark-boot",
    "./home/mark-home",
    "./mark-root",
    "./srv/my data/deep/mark-deep",
    "./srv/my data/mark-var",
  ]);
  const mounted = lines.slice(5, 10);
  expect(mounted).toHaveLength(5);
  for (const line of mounted) expect(line).toMatch(/ rw,nodev,noatime\b/);
  expect(opened.mounts.map(({ path, type }) => [path, type])).toEqual([
    ["/", "ext4"],
    ["/boot", "ext3"],
    ["/home", "ext2"],
    ["/srv/my data", "xfs"],
    ["/srv/my data/deep", "ext4"],
  ]);
  expect(opened.mounts[2]).toMatchObject({ partition: { uuid: partitionUuid.toLowerCase() } });
  expect(opened.mounts[3]).toMatchObject({ label: "var data" });
  expect(opened.said.map((line) => /^"([^"]*)"/.exec(line)?.[1])).toEqual([
    "/mnt/nofail",
    "/media/cdrom",
    "/mnt/nas",
    "/mnt/bind",
  ]);
});

test("an MBR's logical partitions are found by their numbers and their PARTUUIDs", async () => {
  await using folder = await temporaryFolder();
  const fstab = "PARTUUID=1234abcd-05 / ext4 defaults 0 1\n/dev/xvda6 /home ext4 defaults 0 2";
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 100,
    table: [
      "label: dos",
      "label-id: 0x1234abcd",
      "1 : start=1MiB, size=10MiB, type=82",
      "2 : start=11MiB, size=88MiB, type=5",
      "5 : start=12MiB, size=40MiB, type=83",
      "6 : start=54MiB, size=40MiB, type=83",
      "",
    ].join("\n"),
    volumes: [
      { start: 1, size: 10, mkfs: ["mkswap"] },
      { start: 12, size: 40, mkfs: ext4, fill: system(fstab, "touch mark-root") },
      { start: 54, size: 40, mkfs: ext4, fill: "touch mark-home" },
    ],
  });
  const opened = await open({ disk, commands: marks });
  expect(opened.output).toBe("./home/mark-home\n./mark-root\n");
  expect(opened.table).toMatchObject({ kind: "dos", extended: { number: 2 } });
  expect(opened.mounts.map((mount) => mount.partition?.uuid)).toEqual([
    "1234abcd-05",
    "1234abcd-06",
  ]);
  expect(opened.said).toEqual([]);
});

test("a disk that is one file system has its root on /dev/xvda1 as well as on /dev/sda", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 64,
    volumes: [{ start: 0, size: 64, mkfs: ext4, fill: system("/dev/xvda1 / ext4 defaults 0 1") }],
  });
  const opened = await open({ disk, grownFrom: 64 * 1024 ** 2 });
  expect(opened.table.kind).toBe("none");
  expect(opened.mounts).toEqual([expect.objectContaining({ path: "/", type: "ext4" })]);
  expect(opened.said).toEqual([]);
});

test("an xfs of today is opened", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 320,
    table: `label: gpt\nstart=1MiB, size=310MiB, type=${rootType}\n`,
    volumes: [{ start: 1, size: 310, mkfs: ["mkfs.xfs", "-q", "-f"], fill: system() }],
  });
  const opened = await open({ disk, commands: `touch "$ROOT/new"; ${mounts}` });
  expect(opened.fileSystem).toBe("xfs");
  expect(opened.output).toMatch(/^\/ rw,nodev,noatime/);
});

/** Subvolumes at the top, as installers make them. */
const subvolumes = (names: readonly string[], fstab: string, more = ""): string => `
for name in ${names.join(" ")}; do btrfs subvolume create "$name" > /dev/null; touch "$name/mark-$name"; done
cd ${names[0]} && { ${system(fstab)} }
cd .. && { :; ${more}
}`;

test.each([
  { distribution: "Fedora", names: ["root", "home"], root: "/root" },
  { distribution: "Ubuntu", names: ["@", "@home"], root: "/@" },
])("the btrfs of $distribution is opened by its subvolumes", async ({ names, root }) => {
  await using folder = await temporaryFolder();
  const [first = "", home = ""] = names;
  const uuid = "5d0e4b62-6a7e-4d7c-9f5a-0c1f6f1c2d3e";
  const fstab = [
    `UUID=${uuid} / btrfs subvol=${first},compress=zstd:1 0 0`,
    `UUID=${uuid} /home btrfs subvol=/${home},compress=zstd:1 0 0`,
  ].join("\n");
  // a snapshot of the root has the same fstab
  const snapshot = `btrfs subvolume snapshot ${first} before > /dev/null`;
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 130,
    table: `label: gpt\nstart=1MiB, size=128MiB, type=${linuxType}\n`,
    volumes: [
      {
        start: 1,
        size: 128,
        mkfs: [...btrfs, "-U", uuid],
        fill: subvolumes(names, fstab, snapshot),
      },
    ],
  });
  const opened = await open({ disk, commands: `${marks}; grep " $ROOT " /proc/self/mountinfo` });
  const lines = opened.output.split("\n");
  expect(lines.slice(0, 2)).toEqual([`./home/mark-${home}`, `./mark-${first}`]);
  expect(lines[2]).toMatch(/compress=zstd:1/);
  expect(opened.mounts.map(({ path, subvolume }) => [path, subvolume])).toEqual([
    ["/", root],
    ["/home", `/${home}`],
  ]);
  expect(opened.said).toEqual([expect.stringContaining(`subvolume ${root} of partition 1`)]);
});

test("the btrfs of openSUSE is opened by its default subvolume", async () => {
  await using folder = await temporaryFolder();
  const fstab = "LABEL=suse / btrfs defaults 0 0\nLABEL=suse /var btrfs subvol=/@/var 0 0";
  const fill = `
    btrfs subvolume create @; btrfs subvolume create @/var; touch @/var/mark-var
    mkdir -p @/.snapshots/1; btrfs subvolume create @/.snapshots/1/snapshot
    btrfs subvolume set-default @/.snapshots/1/snapshot
    (cd @/.snapshots/1/snapshot && { ${system(fstab, "touch mark-root")}
    }) > /dev/null`;
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 128,
    volumes: [{ start: 0, size: 128, mkfs: [...btrfs, "-L", "suse"], fill }],
  });
  const opened = await open({ disk, commands: marks, grownFrom: 128 * 1024 ** 2 });
  expect(opened.output).toBe("./mark-root\n./var/mark-var\n");
  expect(opened.mounts.map(({ subvolume }) => subvolume)).toEqual([
    "/@/.snapshots/1/snapshot",
    "/@/var",
  ]);
});
