import { describe, expect, test } from "vitest";
import { hasOption, optionValue, parseFstab } from "../../../agent/disk/fstab.ts";
import { optionsFor } from "../../../agent/disk/options.ts";

const first = (line: string) => parseFstab(line).entries[0];

test("an fstab's lines are read as mount(8) reads them", () => {
  const text = [
    "# a comment",
    "   ",
    '\tUUID="1234-ABCD"  /boot/efi\tvfat  umask=0077 0 1 # not a comment, but behind all fields',
    "LABEL=my\\040disk /srv/a\\040b\\011c\\134d auto",
    "/dev/sda2 none swap sw,pri=1 0 0",
  ].join("\n");
  expect(parseFstab(text)).toEqual({
    entries: [
      { spec: "UUID=1234-ABCD", path: "/boot/efi", type: "vfat", options: ["umask=0077"] },
      { spec: "LABEL=my disk", path: "/srv/a b\tc\\d", type: "auto", options: ["defaults"] },
      { spec: "/dev/sda2", type: "swap", options: ["sw", "pri=1"] },
    ],
    strange: [],
  });
});

test("lines with too little, or without a path, are strange", () => {
  const lines = ["one", "one /two", "tmpfs relative tmpfs", "x /a\\000b ext4"];
  expect(parseFstab(lines.join("\n"))).toEqual({ entries: [], strange: lines });
});

test("a path's `..` never leads above the root", () => {
  expect(first("LABEL=x /../../etc/./../srv/ ext4")?.path).toBe("/srv");
});

test("of an option given twice the last is meant", () => {
  const entry = first("x / btrfs subvol=a,ro,subvol=b");
  if (entry === undefined) throw new Error("the line was not read");
  expect(optionValue(entry, "subvol")).toBe("b");
  expect(optionValue(entry, "subvolid")).toBeUndefined();
  expect(hasOption(entry, "rw", "ro")).toBe(true);
});

const options = (type: string, given: string, subvolume?: string) =>
  optionsFor(type, first(`x /x ${type} ${given}`), subvolume);

describe("of an image's mount options", () => {
  test("none that reaches the host, or runs something, is kept", () => {
    const hostile =
      "dev,suid,exec,loop=/dev/loop9,x-mount.mkdir,context=system_u,helper=sh,uhelper=sh,user,bind,device=/dev/vda1,remount,move,subvolid=$(id)";
    for (const type of ["ext4", "btrfs", "vfat"])
      expect(options(type, hostile)).toMatch(/^nodev,noatime[a-z_,=0]*$/);
    expect(options("xfs", `${hostile},logdev=/dev/vda1`)).toBe("nodev,noatime,nouuid");
  });

  test("those that say how files are written are", () => {
    expect(options("btrfs", "compress=zstd:3,ssd,subvolid=257")).toMatch(
      /,compress=zstd:3,subvolid=257$/,
    );
    expect(options("vfat", "umask=0077,shortname=winnt,utf8")).toMatch(
      /,umask=0077,shortname=winnt,utf8$/,
    );
  });

  test("a subvolume is named once", () => {
    expect(options("btrfs", "subvol=/a,subvolid=257", "/a")).toMatch(/^nodev,[^=]*,subvol=\/a$/);
  });
});
