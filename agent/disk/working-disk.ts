import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { NotReady } from "../../core/errors.ts";
import type { VolumeId } from "../../core/ids.ts";
import { systemDisks } from "./system-disks.ts";

export interface WorkingDiskOrder {
  volumeId: VolumeId;
  /** Where sysfs is mounted. */
  sys?: string;
  /** This process's own mountinfo. */
  mountinfo?: string;
  /** Seconds for which a disk that was attached a moment ago is waited for. */
  patience?: number;
}

/** Between two looks, in milliseconds. */
const pause = 250;

/**
 * The device node of an EBS volume that is attached to this machine. On NVMe the volume's id,
 * without its hyphen, is the controller's serial. Xen tells no serial: there it is the one disk
 * that the machine does not run from, and two such disks are refused. So is the disk that `/`,
 * `/boot` or the ESP is on. Throws NotReady.
 *
 * Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/nvme-ebs-volumes.html
 */
export const findWorkingDisk = async (order: WorkingDiskOrder): Promise<string> => {
  const { volumeId, sys = "/sys", mountinfo = "/proc/self/mountinfo", patience = 60 } = order;
  const until = Date.now() + patience * 1000;
  const places = await systemDisks(sys, await readFile(mountinfo, "utf8"));
  for (;;) {
    const found = await look(volumeId, sys, places);
    if (found !== undefined) return node(volumeId, found, places);
    if (Date.now() >= until) throw new NotReady(await notThere(volumeId, sys, patience));
    await sleep(pause);
  }
};

/** Names of what is a disk by itself, neither made of others nor a part of one. */
const isDisk = /^(?:nvme\d+n\d+|xvd[a-z]+)$/;

const disksIn = async (sys: string): Promise<string[]> =>
  (await readdir(join(sys, "block"))).filter((name) => isDisk.test(name)).toSorted();

const look = async (
  volumeId: VolumeId,
  sys: string,
  places: ReadonlyMap<string, string>,
): Promise<string | undefined> => {
  const disks = await disksIn(sys);
  for (const disk of disks) {
    if ((await serialOf(sys, disk)) === volumeId.replace("-", "")) return disk;
  }
  if (disks.some((disk) => disk.startsWith("nvme"))) return undefined;
  const others = disks.filter((disk) => !places.has(disk));
  if (others.length < 2) return others[0];
  const named = others.map((disk) => `/dev/${disk}`).join(" and ");
  throw new NotReady(
    `this builder is a Xen machine, which does not tell which of ${named} is the volume ${volumeId}; an instance type with NVMe would be right`,
  );
};

const serialOf = async (sys: string, disk: string): Promise<string | undefined> => {
  const text = await readFile(join(sys, "block", disk, "device/serial"), "utf8").catch(() => "");
  return text === "" ? undefined : text.trim();
};

const node = (volumeId: VolumeId, disk: string, places: ReadonlyMap<string, string>): string => {
  const place = places.get(disk);
  if (place === undefined) return `/dev/${disk}`;
  throw new NotReady(
    `this builder runs from its working disk: ${volumeId} is /dev/${disk}, and ${place} is on it; a volume that is attached after the builder booted would be right`,
  );
};

const notThere = async (volumeId: VolumeId, sys: string, patience: number): Promise<string> => {
  const disks = await disksIn(sys);
  const seen = await Promise.all(
    disks.map(async (disk) => `/dev/${disk} (${(await serialOf(sys, disk)) ?? "no serial"})`),
  );
  return `the volume ${volumeId} did not appear on this builder in ${patience} s; there are ${seen.join(", ") || "no disks"}`;
};
