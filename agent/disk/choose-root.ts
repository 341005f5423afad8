import { UnsupportedDisk } from "../../core/errors.ts";
import { findVolume } from "./find-volume.ts";
import type { Sight } from "./sight.ts";
import { subvolumeOf, top } from "./subvolumes.ts";
import { described, rootTypes, type Volume } from "./volume.ts";

/** A volume, or a subvolume of one, that may be the root. */
export interface Candidate {
  volume: Volume;
  sight: Sight;
}

/** What says that one of several is the root, the strongest first. */
const signs: readonly [name: string, sign: (one: Candidate, all: readonly Volume[]) => boolean][] =
  [
    ["its partition type", ({ volume }) => rootTypes.includes(volume.partition?.type ?? "")],
    ["its own fstab", (one, all) => namesItself(one, all)],
    [
      "being the default subvolume",
      ({ sight }) => sight.preset === true && sight.subvolume !== top,
    ],
    ["its label", ({ volume }) => hasRootLabel(volume)],
  ];

/**
 * The root among what was seen: the only system, or the one that a sign tells from the others.
 * Throws UnsupportedDisk.
 */
export const chooseRoot = (
  seen: readonly Candidate[],
  all: readonly Volume[],
): Candidate & { because?: string } => {
  const systems = seen.filter(({ sight }) => sight.system);
  const [only] = systems;
  if (only === undefined) throw new UnsupportedDisk(noSystem(all));
  if (systems.length === 1) return only;
  let left = systems;
  for (const [because, sign] of signs) {
    const chosen = left.filter((one) => sign(one, all));
    if (chosen.length > 0) left = chosen;
    const [root] = left;
    if (root !== undefined && left.length === 1) return { ...root, because };
  }
  throw new UnsupportedDisk(
    `the disk has ${systems.length} systems, on ${left.map(titleOf).join(" and ")}, and nothing ` +
      "tells which is the root; a root partition's type (Discoverable Partitions Specification) " +
      "or the label `root` on one of them would be right",
  );
};

export const titleOf = ({ volume, sight }: Candidate): string =>
  sight.subvolume === undefined
    ? described(volume)
    : `subvolume ${sight.subvolume} of ${described(volume)}`;

const noSystem = (all: readonly Volume[]): string =>
  `no partition of the disk has a system on it (${all.map(described).join(", ")}); ` +
  "a disk with a Linux root on ext4, xfs or btrfs would be right";

/** Whether its fstab's line for `/` leads to where it was found. */
const namesItself = ({ volume, sight }: Candidate, all: readonly Volume[]): boolean => {
  const entry = sight.entries.find(({ path }) => path === "/");
  if (entry === undefined) return false;
  const found = findVolume(entry.spec, all);
  if (found.kind !== "volume" || found.volume !== volume) return false;
  return sight.subvolume === undefined || subvolumeOf(entry) === sight.subvolume;
};

const rootLabels = ["root", "rootfs", "cloudimg-rootfs", "/"];

const hasRootLabel = ({ content, partition }: Volume): boolean =>
  rootLabels.some((label) => label === content?.label || label === partition?.label);
