import { expect, test } from "vitest";
import {
  groupOf,
  isActive,
  mapperPath,
  onlyDevice,
  volumesOf,
} from "../../../agent/disk/logical-volumes.ts";

/*
 * What LVM 2.03.16 printed of a group on a loop device, with the options of agent/disk/lvm.ts; only
 * `active` is as the manual has it, because that machine's kernel had no device-mapper.
 */
const groups = {
  report: [
    {
      vg: [
        {
          vg_name: "my-vg",
          vg_uuid: "1Vj2Z2-85Bk-Gwb3-ndwh-LVGF-DmLi-Dfs2eQ",
          pv_count: "1",
          vg_missing_pv_count: "0",
        },
      ],
    },
  ],
};
const volume = (name: string, path: string, size: string, active = "active") => ({
  ...{ lv_name: name, vg_name: "my-vg", lv_dm_path: path, lv_size: size, lv_active: active },
});
const report = (...lv: readonly object[]) => ({ report: [{ lv }] });

test("a physical volume's group is found, and one that belongs to none is none", () => {
  expect(groupOf(groups, "partition 2")).toBe("my-vg");
  expect(groupOf({ report: [{ vg: [] }] }, "partition 2")).toBeUndefined();
});

test.each([
  { pv_count: "2" },
  { vg_missing_pv_count: "1" },
  { vg_name: 'a"]}' },
  { vg_name: "-a" },
])("a group that is not whole on one partition is refused: %j", (change) => {
  const [group] = groups.report[0]?.vg ?? [];
  const changed = { report: [{ vg: [{ ...group, ...change }] }] };
  expect(() => groupOf(changed, "partition 2")).toThrow(/^partition 2 (?:is one of|has LVM)/);
});

test("logical volumes are found by LVM's names and by device-mapper's", () => {
  const root = volume("root", "/dev/mapper/my--vg-root", "16777216");
  const swap = volume("swap-1", "/dev/mapper/my--vg-swap--1", "8388608");
  const idle = volume("idle", "/dev/mapper/my--vg-idle", "8388608", "");
  expect(volumesOf(report(root, swap, idle), "my-vg")).toEqual([
    {
      ...{ title: "logical volume my-vg/root", start: 0, size: 16777216 },
      mapper: { node: "/dev/mapper/my--vg-root", group: "my-vg", name: "root" },
    },
    {
      ...{ title: "logical volume my-vg/swap-1", start: 0, size: 8388608 },
      mapper: { node: "/dev/mapper/my--vg-swap--1", group: "my-vg", name: "swap-1" },
    },
  ]);
});

test("a path that is not the volume's own is refused", () => {
  const strange = volume("root", "/dev/mapper/host-root", "16777216");
  expect(() => volumesOf(report(strange), "my-vg")).toThrow(/a volume that no LVM made/);
});

test("a group of that name that is in use is told from one whose name only begins so", () => {
  expect(mapperPath("a-b", "c-d")).toBe("/dev/mapper/a--b-c--d");
  expect(isActive("a-root\na-swap\n", "a")).toBe(true);
  expect(isActive("a--b-root\nab-root\ncrypt\n", "a")).toBe(false);
  expect(isActive("No devices found\n", "No")).toBe(false);
});

test("LVM is shown one device, and writes nothing on the host", () => {
  const [, config = ""] = onlyDevice("/dev/loop7");
  expect(config).toContain('filter=["a|^/dev/loop7$|","r|.*|"]');
  expect(config).toContain('global_filter=["a|^/dev/loop7$|","r|.*|"]');
  expect(config).toMatch(/use_devicesfile=0.*backup=0 archive=0/);
});
