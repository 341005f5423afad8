import { readFile } from "node:fs/promises";
import { UnsupportedDisk } from "../../core/errors.ts";
import { attempt } from "../run.ts";
import { told } from "./ask.ts";
import { groupOf, isActive, onlyDevice, volumesOf } from "./logical-volumes.ts";
import type { Volume } from "./volume.ts";

export interface LogicalVolumes extends AsyncDisposable {
  volumes: Volume[];
}

/** What blkid calls a partition of LVM's. */
export const physicalVolume = "LVM2_member";

/** Throws UnsupportedDisk where the kernel has no device-mapper. */
export const requireMapper = async ({ title }: Volume): Promise<void> => {
  await attempt(["modprobe", "--quiet", "dm_mod"]).catch(() => undefined);
  if (/ device-mapper$/m.test(await readFile("/proc/devices", "utf8"))) return;
  throw new UnsupportedDisk(
    `${title} is a physical volume of LVM, and this machine's kernel has no device-mapper; ` +
      "a kernel with dm_mod, or a disk with its root on a plain partition, would be right",
  );
};

/**
 * Activates the group on a device, until the scope ends. A kill leaves it active: device-mapper
 * knows no owner. Throws UnsupportedDisk.
 */
export const activateGroup = async (device: string, title: string): Promise<LogicalVolumes> => {
  const lvm = (...argv: string[]) => told([...argv, ...onlyDevice(device)]);
  const json = async (...argv: string[]): Promise<unknown> =>
    JSON.parse(await lvm(...argv, "--reportformat", "json"));
  const group = groupOf(
    await json("vgs", "-o", "vg_name,vg_uuid,pv_count,vg_missing_pv_count"),
    title,
  );
  if (group === undefined) return { volumes: [], [Symbol.asyncDispose]: async () => undefined };
  const names = await told(["dmsetup", "info", "--columns", "--noheadings", "-o", "name"]);
  if (isActive(names, group)) {
    throw new UnsupportedDisk(
      `${title} has the volume group ${group}, and this machine has one of that name in use: its ` +
        "own, or that of another bake; wait for that bake, or use a machine without it",
    );
  }
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => {
    await lvm("vgchange", "--activate", "n", group);
  });
  await lvm("vgchange", "--activate", "y", group);
  const fields = "lv_name,vg_name,lv_dm_path,lv_size,lv_active";
  const report = await json("lvs", "-o", fields, "--units", "b", "--nosuffix", group);
  const volumes = volumesOf(report, group);
  const owned = stack.move();
  return { volumes, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};
