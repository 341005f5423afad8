import { access } from "node:fs/promises";
import { CommandFailed } from "../../core/errors.ts";
import { told } from "./ask.ts";

/** The two UUIDs of a btrfs: the one it is found by, and the one in its metadata. */
const superUuid = async (device: string): Promise<string> => {
  const text = await told(["btrfs", "inspect-internal", "dump-super", device]);
  const uuid = /^fsid\s+([0-9a-f-]{36})$/m.exec(text)?.[1];
  if (uuid === undefined) throw new CommandFailed(`btrfs found no UUID on ${device}:\n${text}`);
  return uuid;
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Whether the kernel gives the second of two file systems with one UUID another in memory: 6.7. */
export const kernelTellsTwins = (): Promise<boolean> => exists("/sys/fs/btrfs/features/temp_fsid");

/**
 * Whether a btrfs cannot be mounted because the host has one of the same UUID mounted: the image's
 * parent, or another child.
 */
export const hasMountedTwin = async (device: string): Promise<boolean> =>
  !(await kernelTellsTwins()) && (await exists(`/sys/fs/btrfs/${await superUuid(device)}`));

/**
 * Gives a btrfs another UUID until the scope ends, in its superblock only, so that an older kernel
 * can mount it beside its twin. In the end it has its own, and the feature that this takes is gone.
 */
export const temporaryUuid = async (device: string): Promise<AsyncDisposable> => {
  const own = await superUuid(device);
  await told(["btrfstune", "-f", "-m", device]);
  return {
    async [Symbol.asyncDispose]() {
      await told([...alone(device), "btrfstune", "-f", "-M", own, device]);
      if ((await superUuid(device)) === own) return;
      throw new CommandFailed(`btrfstune did not give ${device} its UUID ${own} back`);
    },
  };
};

/** btrfstune refuses a UUID that any device it can see has, so it is shown no other. */
const alone = (device: string): string[] => [
  ...["bwrap", "--dev-bind", "/", "/", "--tmpfs", "/dev"],
  ...["--dev-bind", device, device, "--"],
];
