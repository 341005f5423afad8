import { UnsupportedDisk } from "../../core/errors.ts";
import type { Candidate } from "./choose-root.ts";
import { discoverable } from "./discoverable.ts";
import { findVolume } from "./find-volume.ts";
import { type FstabEntry, hasOption } from "./fstab.ts";
import { shown } from "./shown.ts";
import { subvolumeOf } from "./subvolumes.ts";
import { described, isSystemType, type Volume } from "./volume.ts";

/** A file system to mount in the image. */
export interface PlannedMount {
  /** In the image. */
  path: string;
  volume: Volume;
  /** As blkid says; an fstab may call an ext4 ext3. */
  type: string;
  entry?: FstabEntry;
  /** Path of a btrfs subvolume from the top of its file system. */
  subvolume?: string;
}

export interface MountPlan {
  /** The root first, and what is mounted on others after them. */
  mounts: PlannedMount[];
  /** What is left out, and why, for a user. */
  remarks: string[];
}

/** Twice what a large server has; each is looked at by mount(8), the sandbox and the inventory. */
const mostMounts = 64;

/** File systems of memory, of the kernel and of other folders: there is nothing of the disk in them. */
const notOfDisks =
  /^(?:swap|tmpfs|ramfs|proc|sysfs|devpts|devtmpfs|cgroup2?|debugfs|tracefs|securityfs|hugetlbfs|mqueue|configfs|efivarfs|binfmt_misc|fusectl|pstore|bpf|selinuxfs|rpc_pipefs|nfsd|autofs|ignore)$/;

const ofNetwork =
  /^(?:nfs4?|cifs|smb3|smbfs|ceph|glusterfs|9p|virtiofs|afs|ncpfs|lustre|beegfs|davfs|fuse(?:\..*)?|curlftpfs|s3fs|sshfs)$/;

/**
 * What of an image's fstab is mounted, and what is left out. Pure: it decides by what was seen.
 * Throws UnsupportedDisk when the image needs what the disk does not have.
 */
export const planMounts = (
  { volume, sight }: Candidate,
  volumes: readonly Volume[],
  gpt: boolean,
): MountPlan => {
  const own = sight.entries.find(({ path }) => path === "/");
  const root = { ...mountOf("/", volume, own), subvolume: sight.subvolume };
  const plan: MountPlan = { mounts: [root], remarks: sight.strange.map(strangeLine) };
  for (const entry of sight.entries) {
    if (entry.path === "/") plan.remarks.push(...rootRemarks(entry, volume, volumes));
    else plan.remarks.push(...planEntry(entry, volumes, plan));
  }
  if (gpt) plan.mounts.push(...discoverable(sight, volumes, plan.mounts));
  if (plan.mounts.length > mostMounts) {
    throw new UnsupportedDisk(
      `the image's fstab mounts ${plan.mounts.length} file systems of its disk; at most ` +
        `${mostMounts}, each where it belongs, would be right`,
    );
  }
  plan.mounts.sort((one, other) => depth(one.path) - depth(other.path));
  return plan;
};

/** Adds what is to be mounted to the plan; answers why it is not. */
const planEntry = (entry: FstabEntry, volumes: readonly Volume[], plan: MountPlan): string[] => {
  const { path, type, spec } = entry;
  if (path === undefined || notOfDisks.test(type)) return [];
  const leave = (why: string) => [
    `${shown(path)} of the image's fstab is not mounted: ${shown(spec)} ${why}`,
  ];
  if (hasOption(entry, "noauto")) return leave("is not mounted at boot either");
  if (ofNetwork.test(type) || hasOption(entry, "_netdev")) return leave("is on the network");
  const found = findVolume(spec, volumes);
  if (found.kind === "other") return leave("is no device of the image's disk");
  if (plan.mounts.some((mount) => mount.path === path)) return leave("is a second one there");
  const problem = found.kind === "elsewhere" ? missing : unusable(found.volume);
  if (problem !== undefined) {
    if (hasOption(entry, "nofail")) return leave(problem);
    throw new UnsupportedDisk(
      `the image's fstab mounts ${shown(spec)} on ${shown(path)}, but that ${problem}; ` +
        "the option `nofail` in the line, or a disk that has it, would be right",
    );
  }
  if (found.kind === "volume") plan.mounts.push(mountOf(path, found.volume, entry));
  return [];
};

const missing = "is not on this disk";

const unusable = ({ title, content }: Volume): string | undefined => {
  const type = content?.type;
  if (isSystemType(type) || type === "vfat") return undefined;
  return `is ${title} with ${type ?? "no file system that is known"}, which cannot be mounted here`;
};

const mountOf = (path: string, volume: Volume, entry?: FstabEntry): PlannedMount => {
  const type = volume.content?.type ?? "";
  const subvolume = entry && type === "btrfs" ? subvolumeOf(entry) : undefined;
  return { path, volume, type, ...(entry && { entry }), ...(subvolume && { subvolume }) };
};

const rootRemarks = (entry: FstabEntry, root: Volume, volumes: readonly Volume[]): string[] => {
  const found = findVolume(entry.spec, volumes);
  if (found.kind === "volume" && found.volume === root) return [];
  if (entry.spec === "/dev/root") return [];
  return [
    `the image's fstab names ${shown(entry.spec)} as its root, which is not ${described(root)}`,
  ];
};

const strangeLine = (line: string): string => `a line of the image's fstab is none: ${shown(line)}`;

/** A folder comes before what is in it, and the root before all. */
const depth = (path: string): number => (path === "/" ? 0 : path.split("/").length);
