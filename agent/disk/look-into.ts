import { CommandFailed, UnsupportedDisk } from "../../core/errors.ts";
import { inside } from "../inside.ts";
import { ask, lastLines } from "./ask.ts";
import { mountFileSystem } from "./mount-file-system.ts";
import { look, type Sight } from "./sight.ts";
import { rootSubvolumes } from "./subvolumes.ts";
import { described, type SystemType, type Volume } from "./volume.ts";

/** How a file system is looked at: nothing of it runs, and not even its journal is replayed. */
const harmless = "ro,nodev,nosuid,noexec";
export const unreplayed: Record<SystemType, string> = {
  ext2: harmless,
  ext3: `${harmless},noload`,
  ext4: `${harmless},noload`,
  xfs: `${harmless},norecovery,nouuid`,
  // the top, of which all subvolumes are folders
  btrfs: `${harmless},rescue=nologreplay,subvolid=5`,
};

export interface LookOrder {
  volume: Volume;
  type: SystemType;
  device: string;
  /** A folder to mount it on. */
  folder: string;
}

/** Mounts a volume for a moment, without writing, and looks for systems. Throws UnsupportedDisk. */
export const lookInto = async (order: LookOrder): Promise<Sight[]> => {
  const { volume, type, device, folder } = order;
  await refuseUnmountable(order);
  await using root = await mountFileSystem(folder, {
    ...{ source: device, type, options: unreplayed[type] },
  }).catch((error: unknown) => {
    throw unmountable(volume, error);
  });
  if (type !== "btrfs") return [await look(root.path)];
  const sights: Sight[] = [];
  for (const { path, preset } of await rootSubvolumes(root.path)) {
    // a name with a newline in it reads as another name, and that may be a link
    const folder = await inside(root.path, path);
    sights.push({ ...(await look(folder)), subvolume: path, preset });
  }
  return sights;
};

/** What a failed mount of an image's file system means, in the operator's words. */
export const unmountable = (volume: Volume, cause: unknown): unknown => {
  if (!(cause instanceof CommandFailed)) return cause;
  const [, ...said] = cause.message.split("\n");
  return new UnsupportedDisk(
    [
      `this machine's kernel cannot mount ${described(volume)}: it may lack a feature that the ` +
        "file system has; the kernel's log says which, and a newer kernel would be right",
      ...said,
    ].join("\n"),
    { cause },
  );
};

/** A btrfs of several devices would be mounted with whatever of the host's has its UUID. */
const refuseUnmountable = async ({ volume, type, device }: LookOrder): Promise<void> => {
  if (type !== "btrfs") return;
  const { status, stdout, stderr } = await ask([
    ...["btrfs", "inspect-internal", "dump-super", "--full", device],
  ]);
  const count = /^num_devices\s+(\d+)$/m.exec(stdout)?.[1];
  if (status === 0 && count === "1") return;
  const what =
    count === undefined
      ? `cannot be read:\n${lastLines(stderr).join("\n")}`
      : `is one of ${count} devices of a btrfs; a btrfs on one device would be right`;
  throw new UnsupportedDisk(`${described(volume)} ${what}`);
};
