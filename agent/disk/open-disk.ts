import { stat } from "node:fs/promises";
import { join } from "node:path";
import { attachLoop } from "../loop.ts";
import type { BootMount } from "../boot/mounts.ts";
import { folderInside } from "../inside.ts";
import { type Check, checkVolume } from "./check.ts";
import { mountFat } from "./fat.ts";
import { type Attached, findRoot, type RootPlace } from "./find-root.ts";
import { growMounted, growTable, growUnmounted } from "./grow.ts";
import { impliedEsp } from "./implied-esp.ts";
import { type PlannedMount, planMounts, subvolumeIn } from "./plan-mounts.ts";
import { probeVolumes, type Volume } from "./probe.ts";
import { refuseUnsupported } from "./refuse.ts";
import { type DiskTable, readTable } from "./table.ts";
import { isLinuxType, type LinuxType, mountVolume } from "./volume-mount.ts";

export interface OpenDiskOrder {
  /** An image file or a block device, as large as it is to be. */
  disk: string;
  /** A folder on a tmpfs. */
  scratch: string;
  check: Check;
  /** Whether the root must take what room there is; else it does so where it can. */
  mustGrow: boolean;
  /** Tells a person what was left out, or done to the disk. */
  say(line: string): void;
}

/** A system's disk with all its volumes mounted, until the scope ends. */
export interface OpenDisk extends AsyncDisposable {
  root: string;
  fileSystem: LinuxType;
  mounts: BootMount[];
  table: DiskTable;
  /** Path of the EFI system partition in the image. */
  esp?: string;
}

/**
 * Opens the disk of an existing system as it is: finds its root, checks its file systems, grows
 * it, and mounts what its fstab names. Throws UnsupportedDisk, before anything is written, and
 * CorruptDisk.
 */
export const openDisk = async (order: OpenDiskOrder): Promise<OpenDisk> => {
  const { disk, scratch, say } = order;
  const before = await readTable(disk);
  const volumes = await probeVolumes(disk, before, (await stat(disk)).size);
  refuseUnsupported(volumes);
  const place = await lookAround(order, volumes);
  const { mounts: planned, remarks } = planMounts(place.fstab, volumes);
  remarks.forEach(say);
  const table = await growTable(order, before, place.volume);
  await using scope = new AsyncDisposableStack();
  const session = { disk, scope, devices: new Map<number, string>() };
  const root = await mountRoot(session, grownPlace(place, table), join(scratch, "root"));
  const mounts = [root.mount];
  for (const one of [...planned, ...(await impliedEsp(planned, volumes, root.path))]) {
    mounts.push(await mountOne(session, root.path, one));
  }
  const kept = scope.move();
  return {
    ...{ root: root.path, fileSystem: root.type, mounts, table },
    esp: mounts.find(({ type }) => type === "vfat")?.path,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
};

/** Checks all file systems that may be mounted, and finds the root among them. */
const lookAround = async (
  { disk, scratch, check }: OpenDiskOrder,
  volumes: readonly Volume[],
): Promise<RootPlace> => {
  await using scope = new AsyncDisposableStack();
  const attached: Attached[] = [];
  for (const volume of volumes.filter(({ type }) => isLinuxType(type))) {
    const { path: device } = scope.use(await attachLoop(disk, volume));
    await checkVolume(volume, device, check);
    attached.push({ volume, device });
  }
  return await findRoot(attached, scratch);
};

/** The root, as large as its partition is by now. */
const grownPlace = (place: RootPlace, { partitions }: DiskTable): RootPlace => {
  const { volume } = place;
  const partition = partitions.find(({ number }) => number === volume.partition?.number);
  if (partition === undefined) return place;
  return { ...place, volume: { ...volume, partition, size: partition.size } };
};

interface Session {
  disk: string;
  /** Holds what is open, and closes it in reverse. */
  scope: AsyncDisposableStack;
  /** Subvolumes of one Btrfs are mounted from one device. */
  devices: Map<number, string>;
}

const deviceOf = async ({ disk, scope, devices }: Session, volume: Volume): Promise<string> => {
  const device = devices.get(volume.start) ?? scope.use(await attachLoop(disk, volume)).path;
  devices.set(volume.start, device);
  return device;
};

const mountRoot = async (session: Session, place: RootPlace, target: string) => {
  const { scope } = session;
  const { volume, fstab } = place;
  const type = volume.type as LinuxType;
  const written = fstab.find(({ path }) => path === "/")?.options ?? [];
  const subvolume = place.subvolume ?? (type === "btrfs" ? subvolumeIn(written) : undefined);
  const device = await deviceOf(session, volume);
  await growUnmounted(type, device);
  const { path } = scope.use(await mountVolume({ device, type, target, subvolume }));
  await growMounted(type, path);
  return { path, type, mount: described({ path: "/", volume, type, subvolume }) };
};

const mountOne = async (
  session: Session,
  root: string,
  planned: PlannedMount,
): Promise<BootMount> => {
  const { disk, scope } = session;
  const { volume, path, type, subvolume } = planned;
  const target = await folderInside(root, path);
  if (type === "vfat") scope.use(await mountFat({ disk, volume, target }));
  else {
    const device = await deviceOf(session, volume);
    scope.use(await mountVolume({ device, type, target, subvolume }));
  }
  return described(planned);
};

const described = ({ path, volume, type, subvolume }: PlannedMount): BootMount => ({
  ...{ path, type, subvolume, uuid: volume.uuid ?? "", label: volume.label },
  partition: bootPartition(volume),
});

const bootPartition = ({ partition, table }: Volume): BootMount["partition"] =>
  partition === undefined || table === undefined
    ? undefined
    : { table, number: partition.number, uuid: partition.uuid ?? "" };
