import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { UnsupportedDisk } from "../../core/errors.ts";
import { sector } from "../layout.ts";
import { told } from "./ask.ts";

/** Bytes of an image file, or of a block device that nobody else uses. Throws UnsupportedDisk. */
export const sizeOfDisk = async (disk: string): Promise<number> => {
  const there = await stat(disk);
  if (!there.isBlockDevice()) return there.size;
  await refuseInUse(disk);
  const [size, sectorSize] = (await told(["blockdev", "--getsize64", "--getss", disk])).split("\n");
  if (Number(sectorSize) === sector) return Number(size);
  throw new UnsupportedDisk(
    `${disk} has sectors of ${sectorSize} bytes; a disk with sectors of ${sector} would be right`,
  );
};

/** A block device opened so is refused by the kernel while something of it is mounted or claimed. */
const refuseInUse = async (disk: string): Promise<void> => {
  try {
    await using _ = await open(disk, constants.O_RDONLY | constants.O_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
    throw new UnsupportedDisk(
      `${disk} is in use by this machine; a disk of its own would be right`,
    );
  }
};
