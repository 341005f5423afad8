import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NotBootable } from "../../core/errors.ts";
import { type Layout, sector } from "../layout.ts";
import { configuration, findModules, makeCoreImage } from "./grub.ts";

/*
 * Offsets in GRUB's boot.img and in the first sector of its core image, from GRUB's
 * include/grub/i386/pc/boot.h and include/grub/offsets.h. grub-install would do the same, but
 * wants a disk whose partitions the kernel knows.
 */
const kernelSector = 0x5c; // where the core image begins: 64 bits, in sectors
const bootDrive = 0x64; // 0xff: the drive the BIOS booted from
const driveCheck = 0x66; // two bytes of code; no-ops where the BIOS may not pass the drive
const bootCodeEnd = 0x1b8; // from here on the first sector is the partition table's
const blocklistStart = 0x1f4; // in the core image's first sector: where the rest of it begins

/**
 * Writes GRUB for legacy BIOS: boot.img into the first sector, the core image into the BIOS boot
 * partition. Answers false, having written nothing, where this machine has no GRUB for it.
 */
export const installBios = async (
  disk: string,
  layout: Layout,
  scratch: string,
): Promise<boolean> => {
  const modules = await findModules("i386-pc");
  if (modules === undefined) return false;
  const config = join(scratch, "bios.cfg");
  await writeFile(config, configuration(layout, "i386-pc", "x86_64"));
  const output = join(scratch, "core.img");
  await makeCoreImage({ platform: "i386-pc", modules, config, layout, output });
  const core = await readFile(output);
  const { start, size } = layout.biosBoot;
  if (core.length > size) throw new NotBootable(`GRUB's core image has ${core.length} bytes`);
  core.writeBigUInt64LE(BigInt(start / sector + 1), blocklistStart);
  await using file = await open(disk, "r+");
  await file.write(core, 0, core.length, start);
  const boot = bootSector(await readFile(join(modules, "boot.img")), start / sector);
  await file.write(boot, 0, bootCodeEnd, 0);
  return true;
};

const bootSector = (image: Buffer, coreSector: number): Buffer => {
  const boot = Buffer.from(image);
  boot.writeBigUInt64LE(BigInt(coreSector), kernelSector);
  boot.writeUInt8(0xff, bootDrive);
  boot.writeUInt16LE(0x9090, driveCheck);
  return boot;
};
