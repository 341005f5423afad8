import { describe, expect, test } from "vitest";
import { chooseRoot } from "../../../agent/disk/choose-root.ts";
import { contentOf, decoded } from "../../../agent/disk/content.ts";
import { parseFstab } from "../../../agent/disk/fstab.ts";
import { growsRoot, roomOf } from "../../../agent/disk/growth.ts";
import { planMounts } from "../../../agent/disk/plan-mounts.ts";
import { shown } from "../../../agent/disk/shown.ts";
import { pathsOf, presetOf, subvolumeOf } from "../../../agent/disk/subvolumes.ts";
import { tableOf } from "../../../agent/disk/table.ts";
import { refuseUnhandled } from "../../../agent/disk/unsupported.ts";
import type { Volume } from "../../../agent/disk/volume.ts";

const mebibyte = 1024 ** 2;
const tebibyte = 1024 ** 4;

test("texts of an image are shown in quotes, short, and without what a terminal obeys", () => {
  expect(shown("plain")).toBe('"plain"');
  expect(shown('a"\n\u001b[2J\u009b\u202e')).toBe('"a\\"\\n\\u001b[2J\\u{9b}\\u{202e}"');
  expect(shown("x".repeat(1000))).toHaveLength(83);
});

test("what blkid says is read with its escapes", () => {
  const text = [
    "ID_FS_LABEL=a_b",
    "ID_FS_LABEL_ENC=a\\x20b\\x0a\\x1b\\x24\\x28id\\x29",
    "ID_FS_UUID=1234-ABCD",
    "ID_FS_UUID_ENC=1234-ABCD",
    "ID_FS_TYPE=vfat",
    "ID_FS_USAGE=filesystem",
    "",
  ].join("\n");
  const label = "a b\n\u001b$(id)";
  expect(contentOf(text)).toEqual({ usage: "filesystem", type: "vfat", uuid: "1234-ABCD", label });
  expect(contentOf("ID_PART_TABLE_TYPE=dos\n")).toBeUndefined();
  expect(decoded("Gr\\xc3\\xb6ße")).toBe("Größe");
});

test.each(["zfs_member", "promise_fasttrack_raid_member", "drbd", "stratis", "jbd", "LVM1_member"])(
  "%s is refused by name",
  (type) => {
    const place = { title: "partition 2", start: 0, size: 1 };
    expect(() => refuseUnhandled(place, { usage: "raid", type })).toThrow(
      /^partition 2 is .*; .*right$/,
    );
  },
);

test("a kind of RAID that came after us is refused too, and plain file systems are not", () => {
  const place = { title: "partition 2", start: 0, size: 1 };
  expect(() => refuseUnhandled(place, { usage: "raid", type: "new_thing" })).toThrow(/new_thing/);
  for (const type of ["ext4", "ntfs", "swap"])
    refuseUnhandled(place, { usage: "filesystem", type });
});

describe("btrfs-progs's words", () => {
  test("for subvolumes", () => {
    const list = "ID 256 gen 7 top level 5 path @\nID 257 gen 8 top level 256 path @/a b\n";
    expect(pathsOf(list)).toEqual(["/@", "/@/a b"]);
    expect(presetOf("ID 5 (FS_TREE)\n")).toBe("/");
    expect(presetOf("ID 266 gen 9 top level 265 path @/.snapshots/1/snapshot\n")).toBe(
      "/@/.snapshots/1/snapshot",
    );
  });

  test.each(["a,dev", 'a"b', "a\\134b", "a\\012b"])("no option is smuggled in by %s", (name) => {
    const [entry] = parseFstab(`x / btrfs subvol=${name}`).entries;
    if (entry === undefined) throw new Error("the line was not read");
    const act = () => subvolumeOf(entry);
    if (name === "a,dev") expect(act()).toBe("/a");
    else expect(act).toThrow(expect.objectContaining({ name: "UnsupportedDisk" }));
  });
});

const sfdisk = (
  label: string,
  partitions: readonly [number, number, number, string?][],
  more = {},
) => ({
  partitiontable: {
    ...{ label, id: "0x1234abcd", device: "/d", sectorsize: 512, ...more },
    partitions: partitions.map(([number, start, size, type = "83"]) => ({
      ...{ node: `/d${number}`, start: start * 2048, size: size * 2048, type, bootable: false },
    })),
  },
});

test("a table of sectors that are not 512 bytes is refused", () => {
  const table = sfdisk("gpt", [], { sectorsize: 4096 });
  expect(() => tableOf(table, mebibyte)).toThrow(/sectors of 4096 bytes/);
});

/** A disk with its partition of that number. */
const last = (table: ReturnType<typeof sfdisk>, size: number, number: number) => {
  const read = { table: tableOf(table, size), size, mustGrow: true };
  const partition = read.table.partitions.find((one) => one.number === number);
  if (partition === undefined) throw new Error("there is no such partition");
  const { start } = partition;
  const volume = { title: `partition ${number}`, partition, start, size: partition.size };
  return { ...read, volume };
};

describe("a disk that was made larger", () => {
  test("has room up to a GPT's backup, and in an MBR up to the end", () => {
    const gpt = last(sfdisk("gpt", [[1, 1, 99]], { lastlba: 204766 }), 1000 * mebibyte, 1);
    expect(roomOf(gpt, gpt.volume)).toBe(998 * mebibyte);
    expect(growsRoot(gpt, gpt.volume)).toBe(true);
    const mbr = last(sfdisk("dos", [[1, 1, 99]]), 1000 * mebibyte, 1);
    expect(roomOf(mbr, mbr.volume)).toBe(999 * mebibyte);
  });

  test("has none in an MBR beyond 2 TiB", () => {
    const { volume, ...disk } = last(sfdisk("dos", [[1, 1, 99]]), 3 * tebibyte, 1);
    expect(() => growsRoot(disk, volume)).toThrow(/2 TiB.*leave root_volume_size out/);
  });

  test("is known by its former size where that is told", () => {
    const { volume, ...disk } = last(sfdisk("dos", [[1, 1, 99]]), 1000 * mebibyte, 1);
    expect(growsRoot({ ...disk, grownFrom: 1000 * mebibyte }, volume)).toBe(false);
    expect(growsRoot({ ...disk, grownFrom: 100 * mebibyte }, volume)).toBe(true);
  });

  test("does not grow a logical volume", () => {
    const { volume: _, ...disk } = last(sfdisk("dos", [[1, 1, 99]]), 1000 * mebibyte, 1);
    const mapper = { node: "/dev/mapper/a-b", group: "a", name: "b" };
    const volume = { title: "logical volume a/b", start: 0, size: 1, mapper };
    expect(() => growsRoot(disk, volume)).toThrow(/logical volume/);
  });
});

const volume = (number: number, type: string): Volume => ({
  ...{ title: `partition ${number}`, start: 0, size: 1, content: { usage: "filesystem", type } },
  partition: {
    number,
    start: 0,
    size: 1,
    type: "83",
    uuid: `u-0${number}`,
    attributes: [],
    bootable: false,
  },
});

const sight = (fstab: string) => ({
  ...{ system: true, ...parseFstab(fstab) },
  folders: { "/boot": "used", "/efi": "used", "/home": "used", "/srv": "used" } as const,
});

describe("what an fstab needs", () => {
  const volumes = [volume(1, "ext4"), volume(2, "ntfs"), volume(3, "btrfs")];
  const [root] = volumes;
  if (root === undefined) throw new Error("there is no root");
  const plan = (fstab: string) => planMounts({ volume: root, sight: sight(fstab) }, volumes, false);

  test("and cannot be mounted is refused, with the partition, what is on it, and what helps", () => {
    expect(() => plan("/dev/sda2 /win ntfs defaults 0 0")).toThrow(
      /"\/dev\/sda2" on "\/win", but that is partition 2 with ntfs.*`nofail`/,
    );
    expect(plan("/dev/sda2 /win ntfs nofail 0 0").remarks).toHaveLength(1);
  });

  test("is mounted from the outside in, whatever the order of its lines", () => {
    const lines = ["/a/b/c subvol=x", "/a subvol=y", "/a/b subvol=z"];
    const fstab = lines.map((line) => `/dev/sda3 ${line.replace(" ", " btrfs ")} 0 0`).join("\n");
    expect(plan(fstab).mounts.map(({ path, subvolume }) => [path, subvolume])).toEqual([
      ["/", undefined],
      ["/a", "/y"],
      ["/a/b", "/z"],
      ["/a/b/c", "/x"],
    ]);
  });

  test("twice in one place is mounted once", () => {
    const { mounts, remarks } = plan("/dev/sda3 /a btrfs\n/dev/sda1 /a ext4\n");
    expect(mounts.map(({ volume }) => volume.title)).toEqual(["partition 1", "partition 3"]);
    expect(remarks).toEqual([expect.stringContaining("is a second one there")]);
  });

  test("as its root, but is another, is told", () => {
    expect(plan("/dev/sda3 / btrfs").remarks).toEqual([
      'the image\'s fstab names "/dev/sda3" as its root, which is not partition 1 (ext4)',
    ]);
  });
});

test("a system on a subvolume that its own fstab names is the root among its snapshots", () => {
  const one = volume(1, "btrfs");
  const candidates = ["/", "/mine", "/mine-yesterday"].map((subvolume) => ({
    volume: one,
    sight: { ...sight("/dev/sda1 / btrfs subvol=mine 0 0"), subvolume, system: subvolume !== "/" },
  }));
  expect(chooseRoot(candidates, [one])).toMatchObject({
    because: "its own fstab",
    sight: { subvolume: "/mine" },
  });
});
