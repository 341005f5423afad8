import { readdir } from "node:fs/promises";
import { inside } from "../inside.ts";
import type { PlannedMount } from "./plan-mounts.ts";
import { espOf } from "./plan-mounts.ts";
import type { Volume } from "./probe.ts";

/**
 * The mount of an ESP that the fstab does not name: where systemd-gpt-auto-generator(8) mounts it,
 * at /efi where there is such a folder, or else at an empty /boot; and at /boot/efi, where
 * distributions look for it.
 */
export const impliedEsp = async (
  planned: readonly PlannedMount[],
  volumes: readonly Volume[],
  root: string,
): Promise<PlannedMount[]> => {
  const volume = espOf(volumes);
  if (volume === undefined || planned.some((one) => one.volume === volume)) return [];
  const taken = new Set(planned.map(({ path }) => path));
  for (const path of ["/efi", "/boot/efi", "/boot"]) {
    const names = await readdir(await inside(root, path)).catch(() => undefined);
    if (names === undefined || taken.has(path) || names.length > 0) continue;
    return [{ path, volume, type: "vfat" }];
  }
  return [];
};
