import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { UnsupportedDisk } from "../../core/errors.ts";
import { inside } from "../inside.ts";
import { readInside } from "../read-inside.ts";
import { type FstabEntry, parseFstab } from "./fstab.ts";
import { type Volume, volumeName } from "./probe.ts";
import { isLinuxType, mountVolume } from "./volume-mount.ts";

/** Where an image's root is. */
export interface RootPlace {
  volume: Volume;
  subvolume?: string;
  fstab: FstabEntry[];
}

export interface Attached {
  volume: Volume;
  /** The block device of the volume. */
  device: string;
}

/** Root partitions of x86_64 and arm64 in the Discoverable Partitions Specification. */
const rootTypes = new Set([
  "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
  "B921B045-1DF0-41C3-AF44-4C6F280D3FAE",
]);
const rootLabels = new Set(["root", "cloudimg-rootfs", "/"]);

/** Looks for the one volume that has a system on it. Throws UnsupportedDisk. */
export const findRoot = async (
  attached: readonly Attached[],
  scratch: string,
): Promise<RootPlace> => {
  const places: RootPlace[] = [];
  for (const one of attached) {
    if (isLinuxType(one.volume.type)) places.push(...(await systemsOn(one, join(scratch, "look"))));
  }
  return chooseRoot(places);
};

/** The root among volumes with a system: the only one, or the one its type or label tells. */
export const chooseRoot = (places: readonly RootPlace[]): RootPlace => {
  const [first, second] = places;
  if (first === undefined) {
    throw new UnsupportedDisk(
      "no file system on the disk holds a system: none has an os-release; is it the disk of an installed system?",
    );
  }
  if (second === undefined) return first;
  for (const isMeant of [hasRootType, hasRootLabel]) {
    const [meant, other] = places.filter(isMeant);
    if (meant !== undefined && other === undefined) return meant;
  }
  const all = places.map(({ volume }) => volumeName(volume)).join(" and ");
  throw new UnsupportedDisk(
    `${all} each hold a system; give the root partition its type of the Discoverable Partitions Specification, or the label root`,
  );
};

const hasRootType = ({ volume }: RootPlace): boolean => rootTypes.has(volume.partition?.type ?? "");
const hasRootLabel = ({ volume }: RootPlace): boolean => rootLabels.has(volume.label ?? "");

const systemsOn = async ({ volume, device }: Attached, target: string): Promise<RootPlace[]> => {
  const found = await systemAt(volume, device, target);
  if (found !== undefined) return [found];
  if (volume.type !== "btrfs") return [];
  const places: RootPlace[] = [];
  for (const subvolume of await likelySubvolumes(device, target)) {
    const place = await systemAt(volume, device, target, subvolume);
    if (place !== undefined) places.push(place);
  }
  return places.slice(0, 1);
};

/** The system on a volume, as its own fstab then says where exactly it is. */
const systemAt = async (
  volume: Volume,
  device: string,
  target: string,
  subvolume?: string,
): Promise<RootPlace | undefined> => {
  const type = volume.type ?? "";
  await using look = await mountVolume({ device, type, target, subvolume, readOnly: true });
  if (!(await isSystem(look.path))) return undefined;
  const fstab = parseFstab((await readInside(look.path, "/etc/fstab")) ?? "");
  return { volume, subvolume, fstab };
};

const isSystem = async (root: string): Promise<boolean> => {
  for (const path of ["/etc/os-release", "/usr/lib/os-release"]) {
    const there = await lstat(await inside(root, path)).catch(() => undefined);
    if (there?.isFile()) return true;
  }
  return false;
};

/** Of Fedora, of Ubuntu and Arch, of Debian; and openSUSE's snapshots, the newest first. */
const usualSubvolumes = ["root", "@", "@rootfs"];

const likelySubvolumes = async (device: string, target: string): Promise<string[]> => {
  const order = { device, type: "btrfs", target, subvolume: "/", readOnly: true };
  await using top = await mountVolume(order);
  const names = new Set(await readdir(top.path));
  const snapshots = await readdir(join(top.path, "@/.snapshots")).catch(() => []);
  const numbers = snapshots.filter((name) => /^[0-9]+$/.test(name)).toSorted((a, b) => +b - +a);
  return [
    ...usualSubvolumes.filter((name) => names.has(name)),
    ...numbers.map((number) => `@/.snapshots/${number}/snapshot`),
  ];
};
