import { extname } from "node:path";
import { UnusableDisk } from "../../core/errors.ts";
import { type Ends, formatByContent } from "./magic.ts";

/** The formats that disks come in and go out as; `vhd` is what QEMU calls `vpc`. */
export const diskFormats = ["raw", "qcow2", "vmdk", "vhd"] as const;
export type DiskFormat = (typeof diskFormats)[number];

/** QEMU's name of the format. */
export const driverOf = (format: DiskFormat): string => (format === "vhd" ? "vpc" : format);

/**
 * Endings that say a format. `.img` says none: Ubuntu's cloud images of that name are qcow2, most
 * others raw.
 */
const byEnding: Record<string, DiskFormat> = {
  ".raw": "raw",
  ".qcow2": "qcow2",
  ".vmdk": "vmdk",
  ".vhd": "vhd",
};

const foreignEndings: Record<string, string> = {
  ".iso":
    "the image of a CD or DVD, not the disk of an installed system: install it, or name a disk",
  ".ova": "an archive of a machine: unpack it with tar, and name the .vmdk in it",
  ".vdi": "a VirtualBox disk: convert it with `qemu-img convert -f vdi -O qcow2`",
  ".vhdx": "a VHDX disk: convert it with `qemu-img convert -f vhdx -O qcow2`",
};

/**
 * The format of a disk's file, by its content: never by its name alone, and never against its
 * name. Throws UnusableDisk.
 */
export const formatOf = (file: string, ends: Ends): DiskFormat => {
  const ending = extname(file).toLowerCase();
  const foreign = foreignEndings[ending];
  if (foreign !== undefined) throw new UnusableDisk(`${file} is by its name ${foreign}`);
  const content = formatByContent(ends);
  if ("is" in content) throw new UnusableDisk(`${file} is ${content.is}: ${content.instead}`);
  const said = byEnding[ending];
  if (said === undefined || said === content.format) return content.format;
  throw new UnusableDisk(
    content.format === "raw"
      ? `${file} ends in ${ending}, but nothing in it says ${said}: it is damaged or cut off, or a raw disk, whose name ends in .raw`
      : `${file} ends in ${ending}, but its content is ${content.format}: rename it to end in .${content.format} if that is what it is meant to be`,
  );
};
