import { expect, test } from "vitest";
import { findVolume } from "../../../agent/disk/find-volume.ts";
import type { Volume } from "../../../agent/disk/volume.ts";

const partition = (number: number, content: Volume["content"], label?: string): Volume => ({
  ...{ title: `partition ${number}`, start: 0, size: 1, ...(content && { content }) },
  partition: {
    ...{
      number,
      start: 0,
      size: 1,
      type: "83",
      uuid: `aaaa-0${number}`,
      attributes: [],
      bootable: false,
    },
    ...(label !== undefined && { label }),
  },
});

const volumes = [
  partition(1, { usage: "filesystem", type: "ext4", uuid: "abcd-ef01", label: "root fs" }, "first"),
  partition(2, { usage: "filesystem", type: "vfat", uuid: "ABCD-1234", label: "twin" }),
  partition(15, { usage: "filesystem", type: "xfs", label: "twin" }),
  {
    ...{ title: "logical volume my-vg/home", start: 0, size: 1 },
    mapper: { node: "/dev/mapper/my--vg-home", group: "my-vg", name: "home" },
  },
];

const title = (spec: string, all: readonly Volume[] = volumes) => {
  const found = findVolume(spec, all);
  return found.kind === "volume" ? found.volume.title : found.kind;
};

test.each([
  ["UUID=ABCD-EF01", "partition 1"],
  ["UUID=abcd-1234", "partition 2"],
  ["LABEL=root fs", "partition 1"],
  ["LABEL=ROOT FS", "elsewhere"],
  ["LABEL=", "elsewhere"],
  ["PARTUUID=AAAA-015", "partition 15"],
  ["PARTLABEL=first", "partition 1"],
  ["/dev/disk/by-uuid/abcd-ef01", "partition 1"],
  ["/dev/disk/by-label/root\\x20fs", "partition 1"],
  ["/dev/disk/by-partuuid/aaaa-02", "partition 2"],
  ["/dev/disk/by-id/nvme-x-part1", "elsewhere"],
  ["/dev/sda1", "partition 1"],
  ["/dev/vda15", "partition 15"],
  ["/dev/xvda2", "partition 2"],
  ["/dev/hda2", "partition 2"],
  ["/dev/nvme0n1p15", "partition 15"],
  ["/dev/mmcblk0p1", "partition 1"],
  ["/dev/sda", "elsewhere"],
  ["/dev/sda3", "elsewhere"],
  ["/dev/sdb1", "elsewhere"],
  ["/dev/nvme1n1p1", "elsewhere"],
  ["/dev/md0", "elsewhere"],
  ["/dev/mapper/my--vg-home", "logical volume my-vg/home"],
  ["/dev/my-vg/home", "logical volume my-vg/home"],
  ["/dev/mapper/my-vg-home", "elsewhere"],
  ["tmpfs", "other"],
  ["/swap.img", "other"],
  ["nas:/dev/sda1", "other"],
])("%s is %s", (spec, expected) => {
  expect(title(spec)).toBe(expected);
});

test.each(["/dev/sda", "/dev/xvda1", "/dev/nvme0n1", "/dev/vda"])(
  "where the disk is one file system, %s is that",
  (spec) => {
    expect(title(spec, [{ title: "the disk", start: 0, size: 1 }])).toBe("the disk");
  },
);

test("what two volumes are called by is refused, with both", () => {
  expect(() => findVolume("LABEL=twin", volumes)).toThrow(
    /"twin", and partition 2 and partition 15/,
  );
});
