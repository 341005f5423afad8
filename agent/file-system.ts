import type { FileSystem } from "../core/origin.ts";
import type { Layout } from "./layout.ts";
import { type Argv, attempt, run } from "./run.ts";

/**
 * Ways to XFS features of 2020: GRUB cannot read those that newer versions of mkfs.xfs turn on,
 * and an image's kernel may be older than this machine. xfsprogs has a file for it, but not all
 * its versions have one that they can read themselves (Debian 12: "invalid config file option").
 */
const conservativeXfs: Argv[] = [
  ["-c", "options=/usr/share/xfsprogs/mkfs/lts_5.10.conf"],
  ["-m", "bigtime=0,inobtcount=0", "-i", "nrext64=0"],
  ["-m", "bigtime=0,inobtcount=0"],
  [],
];

/** Makes the root file system, labelled `root`, with the layout's UUID. */
export const makeFileSystem = async (device: string, layout: Layout): Promise<void> => {
  await run(await command(device, layout));
};

const command = async (device: string, { fileSystem, rootUuid }: Layout): Promise<Argv> => {
  switch (fileSystem) {
    case "ext4":
      return [
        ...["mkfs.ext4", "-q", "-F", "-L", "root", "-U", rootUuid],
        // the disk is new, so there is nothing to discard; GRUB 2.06 cannot read a checksum seed
        ...["-E", "nodiscard", "-O", "^metadata_csum_seed", device],
      ];
    case "xfs": {
      const options = ["-q", "-f", "-K", "-L", "root", "-m", `uuid=${rootUuid}`];
      return ["mkfs.xfs", ...options, ...(await xfsFeatures(device)), device];
    }
    case "btrfs":
      return ["mkfs.btrfs", "-q", "-f", "-K", "-L", "root", "-U", rootUuid, device];
  }
};

/** The first of the ways that this machine's mkfs.xfs knows; `-N` writes nothing. */
const xfsFeatures = async (device: string): Promise<Argv> => {
  for (const features of conservativeXfs) {
    if ((await attempt(["mkfs.xfs", "-N", "-f", ...features, device])).status === 0)
      return features;
  }
  return [];
};

/** Until it is finished the disk is worth nothing, so no write need wait for the one before. */
export const mountOptions: Record<FileSystem, string> = {
  ext4: "noatime,barrier=0,noauto_da_alloc",
  // the image's parent, or another bake of it, may be mounted at the same time
  xfs: "noatime,nouuid",
  btrfs: "noatime,nobarrier",
};

/** Fields of the root file system's line in fstab: options, dump, pass of fsck. */
export const fstabFields: Record<FileSystem, string> = {
  ext4: "errors=remount-ro 0 1",
  xfs: "defaults 0 0",
  btrfs: "defaults 0 0",
};

/** The package with the file system's tools, under its name in Debian and Ubuntu. */
export const toolPackage: Record<FileSystem, string> = {
  ext4: "e2fsprogs",
  xfs: "xfsprogs",
  btrfs: "btrfs-progs",
};
