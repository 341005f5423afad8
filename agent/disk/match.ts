import type { FstabEntry } from "./fstab.ts";
import type { Volume } from "./probe.ts";

/** File systems that are no volume of a disk, whatever their source says. */
const virtual = new Set(
  "proc sysfs devpts devtmpfs tmpfs cgroup cgroup2 debugfs tracefs securityfs pstore bpf mqueue hugetlbfs configfs binfmt_misc overlay none swap nfs nfs4 cifs smb3 smbfs 9p virtiofs ceph glusterfs fuse.sshfs efivarfs ramfs autofs iso9660".split(
    " ",
  ),
);

/** Why an entry is not mounted; undefined for one that names a volume of a disk. */
export const leftOut = ({ source, type, path, options }: FstabEntry): string | undefined => {
  if (type === "swap" || path === "none" || path === "swap") return "swap";
  if (virtual.has(type) || type.startsWith("fuse")) return type;
  if (options.includes("noauto")) return "noauto";
  if (options.some((option) => ["bind", "rbind", "loop"].includes(option))) return "no disk's own";
  if (!path.startsWith("/")) return "no path";
  const isVolume = /^(?:UUID|LABEL|PARTUUID|PARTLABEL)=|^\/dev\//.test(source);
  return isVolume ? undefined : "not on a disk";
};

/** The volume of this disk that fstab calls by that name. */
export const volumeOf = (source: string, volumes: readonly Volume[]): Volume | undefined => {
  const [, tag, value] = /^([A-Z]+)=(.*)$/.exec(tagOf(source)) ?? [];
  if (tag === undefined || value === undefined) return byNode(source, volumes);
  return volumes.find((volume) => tagMatches(volume, tag, value));
};

const links: Record<string, string> = {
  "by-uuid": "UUID",
  "by-label": "LABEL",
  "by-partuuid": "PARTUUID",
  "by-partlabel": "PARTLABEL",
};

/** `/dev/disk/by-uuid/…` means the same as `UUID=…`. */
const tagOf = (source: string): string => {
  const [, link = "", value = ""] = /^\/dev\/disk\/(by-[a-z]+)\/(.*)$/.exec(source) ?? [];
  const tag = links[link];
  return tag === undefined
    ? source
    : `${tag}=${value.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))}`;
};

const tagMatches = (volume: Volume, tag: string, value: string): boolean => {
  const same = (text: string | undefined) => text?.toLowerCase() === value.toLowerCase();
  if (tag === "UUID") return same(volume.uuid);
  if (tag === "PARTUUID") return same(volume.partition?.uuid);
  if (tag === "LABEL") return volume.label === value;
  return tag === "PARTLABEL" && volume.partition?.name === value;
};

/** The first disk's names under the drivers that images meet: its partition of that number. */
const nodes = /^\/dev\/(?:sda|vda|xvda|hda|nvme0n1p?|mmcblk0p?)([0-9]*)$/;

const byNode = (source: string, volumes: readonly Volume[]): Volume | undefined => {
  const number = nodes.exec(source)?.[1];
  if (number === undefined) return undefined;
  return volumes.find(({ partition }) =>
    number === "" ? partition === undefined : partition?.number === Number(number),
  );
};
