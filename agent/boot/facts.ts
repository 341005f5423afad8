import { NotBootable } from "../../core/errors.ts";
import type { Architecture, BootMode } from "../../core/job.ts";
import { inside } from "../inside.ts";
import { architectureOf } from "./architecture.ts";
import { biosOf } from "./bios.ts";
import { operatingSystemOf } from "./operating-system.ts";
import type { PartitionTable } from "./table.ts";
import { type Bootable, uefiOf } from "./uefi.ts";

export interface BootFactsOrder {
  /** The image's root, with its ESP mounted, and nothing of it running. */
  root: string;
  /** The disk: a file or a block device. */
  disk: string;
  table: PartitionTable;
  /** Where the ESP is mounted, as the image sees it; undefined when the disk has none. */
  esp?: string | undefined;
}

export interface BootFacts {
  architecture: Architecture;
  bootMode: BootMode;
  operatingSystem: string;
}

/** Finds out how a disk boots; nothing is taken for granted. Throws NotBootable. */
export const findBootFacts = async (order: BootFactsOrder): Promise<BootFacts> => {
  const { root, disk, table } = order;
  const architecture = await architectureOf(root);
  const esp = order.esp === undefined ? undefined : await inside(root, order.esp);
  const uefi = await uefiOf(esp, architecture);
  const bios: Bootable =
    architecture === "x86_64"
      ? await biosOf(disk, table)
      : { boots: false, because: `${architecture} has no BIOS` };
  const bootMode = bootModeOf(uefi, bios);
  return { architecture, bootMode, operatingSystem: await operatingSystemOf(root) };
};

const bootModeOf = (uefi: Bootable, bios: Bootable): BootMode => {
  if (uefi.boots) return bios.boots ? "uefi-preferred" : "uefi";
  if (bios.boots) return "legacy-bios";
  throw new NotBootable(
    `nothing boots the disk. By UEFI: ${uefi.because}. By legacy BIOS: ${bios.because}`,
  );
};
