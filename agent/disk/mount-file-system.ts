import { type Mounted, mounted } from "../mount.ts";
import { mountedBtrfs } from "./mount-btrfs.ts";

/** Mounts a file system of an image on a folder of the host, until the scope ends. */
export const mountFileSystem = (
  path: string,
  order: { source: string; type: string; options: string },
): Promise<Mounted> => (order.type === "btrfs" ? mountedBtrfs : mounted)(path, order);
