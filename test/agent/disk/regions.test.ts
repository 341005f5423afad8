import { expect, test } from "vitest";
import { regionsOf } from "../../../agent/disk/regions.ts";
import type { PartitionTable, TablePartition } from "../../../agent/disk/table.ts";

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

const partition = (number: number, type: string, start: number, size: number): TablePartition => ({
  ...{ number, type, start: start * mebibyte, size: size * mebibyte },
  ...{ uuid: "", bootable: false, attributes: [] },
});

const content = (type: string) => ({ usage: "filesystem", type });

const shown = (table: PartitionTable, size: number, types: (string | undefined)[]) =>
  regionsOf({
    table,
    size,
    contents: types.map((type) => (type === undefined ? undefined : content(type))),
  }).map(({ name, offset, size }) => [name, offset, size]);

test("of an MBR: its sector, GRUB's gap, and what is before file systems", () => {
  const partitions = [partition(1, "83", 1, 100), partition(2, "82", 101, 50)];
  const size = 152 * mebibyte;
  expect(shown({ kind: "dos", partitions }, size, ["btrfs", "swap"])).toEqual([
    ["boot-sector", 0, 512],
    ["gap", 512, mebibyte - 512],
    ["partition-1", mebibyte, 65_536],
    ["swap", 101 * mebibyte, 4096],
    ["gap", 151 * mebibyte, mebibyte],
  ]);
});

test("of a GPT: both tables, boot partitions whole, and a mebibyte of what nobody mounts", () => {
  const partitions = [
    partition(1, "4f68bce3-e8cd-4db1-96e7-fbcaf984b709", 200, 800),
    partition(2, "e6d6d379-f507-44c2-a23c-238f2a3df928", 1000, 20),
    partition(14, "21686148-6449-6e6f-744e-656564454649", 1, 3),
    partition(15, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", 4, 124),
  ];
  const size = 1024 * mebibyte;
  const usableEnd = size - 33 * 512;
  const contents = ["xfs", "LVM2_member", undefined, "vfat"];
  expect(shown({ kind: "gpt", partitions, usableEnd }, size, contents)).toEqual([
    ["boot-sector", 0, 512],
    ["gpt", 512, 33 * 512],
    ["gap", 34 * 512, mebibyte - 34 * 512],
    ["bios-boot", mebibyte, 3 * mebibyte],
    ["esp", 4 * mebibyte, 124 * mebibyte],
    ["gap", 128 * mebibyte, 16 * mebibyte],
    ["partition-2", 1000 * mebibyte, mebibyte],
    ["gap", 1020 * mebibyte, 4 * mebibyte - 33 * 512],
    ["gpt-backup", usableEnd, 33 * 512],
  ]);
});

test.each([
  ["ext4", [["boot-sector", 0, 1024]]],
  ["xfs", []],
  ["btrfs", [["boot-sector", 0, 65_536]]],
  [undefined, [["boot-sector", 0, mebibyte]]],
])("of a disk without partitions, with %s: what is before the file system", (type, spans) => {
  expect(shown({ kind: "none", partitions: [] }, 4 * gibibyte, [type])).toEqual(spans);
});
