import { access } from "node:fs/promises";
import type { Architecture } from "../../core/job.ts";
import { firmwarePaths } from "../../core/requirements/firmware.ts";

/** The UEFI firmware for QEMU machines of this architecture, or undefined when none is here. */
export const findFirmware = async (architecture: Architecture): Promise<string | undefined> => {
  for (const path of firmwarePaths[architecture]) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
};
