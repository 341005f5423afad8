import { basename, join } from "node:path";
import type { BootMount } from "../boot/mounts.ts";
import { type Check, checker } from "./check.ts";
import type { WrittenBack } from "./esp.ts";
import { findRoot } from "./find-root.ts";
import { growMounted, growPartition, growUnmounted } from "./grow.ts";
import { growsRoot } from "./growth.ts";
import { mountVolume } from "./mount-volume.ts";
import { type PlannedMount, planMounts } from "./plan-mounts.ts";
import { readTable } from "./read-table.ts";
import { type Survey, surveyDisk } from "./survey.ts";
import type { PartitionTable } from "./table.ts";
import { isSystemType, type SystemType } from "./volume.ts";

export interface OpenDiskOrder {
  /** An image file or a block device, as large as it is to be. */
  disk: string;
  /** Bytes that the disk had before it was made larger; absent, its partition table tells. */
  grownFrom?: number;
  /** A folder on a tmpfs, for mount points. */
  scratch: string;
  check: Check;
  /** Whether a larger root was asked for; else it grows where it can. */
  mustGrow: boolean;
  /** Remarks that a user sees: what is not mounted, what grew. */
  say(line: string): void;
}

export interface OpenDisk extends AsyncDisposable {
  /** Where the image's root is mounted, with the rest of its file systems in it. */
  root: string;
  fileSystem: SystemType;
  /** The root first; what is mounted in others after them. */
  mounts: readonly BootMount[];
  /** The partition table, as it is now. */
  table: PartitionTable;
  /** Has all of it on the disk, also what is mounted as a copy. Throws UnfitForEsp. */
  writeBack(): Promise<void>;
}

/**
 * Mounts an existing disk's system as it mounts itself when it boots, and grows it to the disk's
 * size, until the scope ends. What is not handled is refused before anything is written, but for
 * this: an ext file system or a FAT that was not unmounted is put in order before it is looked at,
 * and a btrfs may get its temporary UUID. Throws UnsupportedDisk, CorruptDisk, UnusablePath; when
 * the scope ends, UnfitForEsp.
 */
export const openDisk = async (order: OpenDiskOrder): Promise<OpenDisk> => {
  await using stack = new AsyncDisposableStack();
  const survey = stack.use(await surveyDisk(order));
  const { size, volumes, devices } = survey;
  const check = checker(order.check, devices);
  const root = await findRoot({ ...order, survey, check, stack });
  const { type } = root.volume.content ?? {};
  if (!isSystemType(type)) throw new TypeError(`${root.volume.title} was taken for a root`);
  const { mounts: planned, remarks } = planMounts(root, volumes, size.table.kind === "gpt");
  remarks.forEach(order.say);
  for (const { volume } of planned) await check(volume);
  const grows = growsRoot(size, root.volume);
  if (grows) order.say(await growPartition(order.disk, size, root.volume));
  const { mounts, writeBack } = await mountAll(order, survey, { planned, grows }, stack);
  const table = grows ? await readTable(order.disk, size.size) : size.table;
  const owned = stack.move();
  const facts = { root: rootIn(order.scratch), fileSystem: type, mounts, table, writeBack };
  return { ...facts, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};

const rootIn = (scratch: string): string => join(scratch, "root");

const mountAll = async (
  { scratch }: OpenDiskOrder,
  { devices, size }: Survey,
  { planned, grows }: { planned: readonly PlannedMount[]; grows: boolean },
  stack: AsyncDisposableStack,
): Promise<Pick<OpenDisk, "mounts" | "writeBack">> => {
  const mounts: BootMount[] = [];
  const copies: WrittenBack[] = [];
  const root = rootIn(scratch);
  for (const one of planned) {
    const device = await devices.of(one.volume);
    const growing = grows && one.path === "/";
    if (growing) await growUnmounted(one.type, device);
    copies.push(stack.use(await mountVolume({ planned: one, device, root, scratch })));
    if (growing) await growMounted(one.type, root);
    mounts.push(factOf(one, size.table.kind));
  }
  return {
    mounts,
    async writeBack() {
      for (const copy of copies) await copy.writeBack?.();
    },
  };
};

const factOf = ({ path, volume, type, subvolume }: PlannedMount, kind: TableKind): BootMount => {
  const { content, partition, mapper } = volume;
  return {
    ...{ path, type, uuid: content?.uuid ?? "" },
    ...(content?.label && { label: content.label }),
    ...(partition &&
      kind !== "none" && {
        partition: { table: kind, number: partition.number, uuid: partition.uuid },
      }),
    ...(mapper && { logicalVolume: basename(mapper.node) }),
    ...(subvolume && { subvolume }),
  };
};

type TableKind = PartitionTable["kind"];
