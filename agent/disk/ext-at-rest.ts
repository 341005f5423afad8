import { open } from "node:fs/promises";

/** Bytes from the file system's beginning to its superblock, and the superblock's own. */
const place = 1024;
const size = 1024;

/** s_state: unmounted; neither has an error in it. */
const unmounted = 1;

/** s_feature_incompat: a journal has to be replayed. */
const needsRecovery = 0x4;

/** s_feature_ro_compat: a file has orphans that are to be removed. */
const orphansPresent = 0x1_0000;

/**
 * Whether an ext file system was unmounted as it should be, so that nothing is left to be put in
 * order. Read of its superblock, little-endian, by the kernel's documentation:
 * https://docs.kernel.org/filesystems/ext4/super.html
 */
export const isExtAtRest = async (device: string): Promise<boolean> => {
  await using file = await open(device, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, place);
  return bytesRead === size && isAtRest(buffer);
};

const isAtRest = (superblock: Buffer): boolean =>
  superblock.readUInt16LE(0x3a) === unmounted &&
  (superblock.readUInt32LE(0x60) & needsRecovery) === 0 &&
  (superblock.readUInt32LE(0x64) & orphansPresent) === 0 &&
  superblock.readUInt32LE(0xe8) === 0; // s_last_orphan
