import { join } from "node:path";
import { folderInside } from "../inside.ts";
import { espCopy, type WrittenBack } from "./esp.ts";
import { kernelHasFat } from "./fat.ts";
import { unmountable } from "./look-into.ts";
import { mountFileSystem } from "./mount-file-system.ts";
import { optionsFor } from "./options.ts";
import type { PlannedMount } from "./plan-mounts.ts";

export interface MountVolumeOrder {
  planned: PlannedMount;
  device: string;
  /** Where the image's root is, or will be, mounted. */
  root: string;
  /** A folder on a tmpfs. */
  scratch: string;
}

/** Mounts a volume where the image has it. Throws UnsupportedDisk, UnusablePath. */
export const mountVolume = async (order: MountVolumeOrder): Promise<WrittenBack> => {
  const { device, root, scratch } = order;
  const { volume, type, entry, subvolume } = order.planned;
  const path = order.planned.path === "/" ? root : await folderInside(root, order.planned.path);
  if (type === "vfat" && !(await kernelHasFat())) {
    return espCopy({ device, size: volume.size, path, scratch: join(scratch, "esp") });
  }
  const options = optionsFor(type, entry, subvolume);
  return mountFileSystem(path, { source: device, type, options }).catch((error: unknown) => {
    throw unmountable(volume, error);
  });
};
