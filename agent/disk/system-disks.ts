import { readdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** What a machine runs from: its root, and where its boot loader and kernels may be. */
const places = new Set(["/", "/boot", "/boot/efi", "/efi"]);

/**
 * The disks that `/`, `/boot` and the ESP of this machine are on, by name, with the place that is
 * there: through partitions, logical volumes, encryption and RAID. `mountinfo` is a text as of
 * proc_pid_mountinfo(5).
 */
export const systemDisks = async (sys: string, mountinfo: string): Promise<Map<string, string>> => {
  const found = new Map<string, string>();
  for (const line of mountinfo.split("\n")) {
    const [fields = "", after = ""] = line.split(" - ");
    const [, , device = "", , path = ""] = fields.split(" ");
    if (!places.has(path)) continue;
    const [, source = ""] = after.split(" ");
    for (const start of [join(sys, "dev/block", device), ...classOf(sys, source)]) {
      for (const disk of await disksUnder(start)) found.set(disk, path);
    }
  }
  return found;
};

/** A btrfs's own device number is of no device; it is mounted from one. */
const classOf = (sys: string, source: string): string[] =>
  source.startsWith("/dev/") ? [join(sys, "class/block", basename(source))] : [];

const disksUnder = async (device: string): Promise<string[]> => {
  const folder = await realpath(device).catch(() => undefined);
  if (folder === undefined) return [];
  const below = await readdir(join(folder, "slaves")).catch(() => []);
  if (below.length > 0) {
    return (
      await Promise.all(below.map((name) => disksUnder(join(folder, "slaves", name))))
    ).flat();
  }
  // a partition's folder lies in its disk's
  const isPartition = (await readdir(folder)).includes("partition");
  return [basename(isPartition ? dirname(folder) : folder)];
};
