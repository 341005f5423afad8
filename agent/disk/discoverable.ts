import type { PlannedMount } from "./plan-mounts.ts";
import type { Automatic, Sight } from "./sight.ts";
import { isSystemType, partitionTypes, type Volume } from "./volume.ts";

/** Bit 63 of a GPT partition's attributes: not to be mounted unless something says so. */
const noAuto = "GUID:63";

/**
 * What systemd-gpt-auto-generator(8) mounts of a GPT without an fstab's word: XBOOTLDR on /boot; the
 * EFI system partition on /boot, or else on /efi; home and server data; each only on a folder that
 * holds nothing.
 */
export const discoverable = (
  { folders, entries }: Sight,
  volumes: readonly Volume[],
  mounts: readonly PlannedMount[],
): PlannedMount[] => {
  const listed = new Set(entries.map(({ path }) => path));
  const planned: PlannedMount[] = [];
  const free = (path: Automatic) =>
    !listed.has(path) && !planned.some((mount) => mount.path === path) && folders[path] !== "used";
  const add = (type: string, paths: readonly Automatic[]) => {
    const volume = volumes.find((one) => isAutomatic(one, type));
    if (volume === undefined || mounts.some((mount) => mount.volume === volume)) return;
    const path = paths.find(free);
    if (path !== undefined) planned.push({ path, volume, type: volume.content?.type ?? "" });
  };
  const there = (path: Automatic) => (folders[path] === "missing" ? [] : [path]);
  add(partitionTypes.bootLoader, there("/boot"));
  // /efi is made when there is none, as the generator's mount unit would
  add(partitionTypes.esp, [...there("/boot"), "/efi"]);
  add(partitionTypes.home, there("/home"));
  add(partitionTypes.server, there("/srv"));
  return planned;
};

const isAutomatic = ({ partition, content }: Volume, type: string): boolean =>
  partition?.type === type &&
  !partition.attributes.includes(noAuto) &&
  (isSystemType(content?.type) || content?.type === "vfat");
