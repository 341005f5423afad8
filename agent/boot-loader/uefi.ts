import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NotBootable } from "../../core/errors.ts";
import type { Architecture } from "../../core/job.ts";
import { type Layout, sector } from "../layout.ts";
import { sourceDate } from "../reproducible.ts";
import { run } from "../run.ts";
import { configuration, findModules, makeCoreImage } from "./grub.ts";

const platform = { x86_64: "x86_64-efi", arm64: "arm64-efi" } as const;

/** The path that firmware boots when nothing tells it another: UEFI specification, 3.5.1.1. */
const removablePath = { x86_64: "BOOTX64.EFI", arm64: "BOOTAA64.EFI" } as const;

/**
 * Makes the EFI system partition with GRUB in it. mtools write it into the disk at its offset, so
 * neither a partition node nor a kernel with FAT is needed. Throws NotBootable.
 */
export const installUefi = async (
  disk: string,
  layout: Layout,
  architecture: Architecture,
  scratch: string,
): Promise<void> => {
  const modules = await findModules(platform[architecture]);
  if (modules === undefined) {
    throw new NotBootable(`GRUB's modules for ${platform[architecture]} are not on this machine`);
  }
  const config = join(scratch, "uefi.cfg");
  await writeFile(config, configuration(layout, platform[architecture], architecture));
  const output = join(scratch, removablePath[architecture]);
  await makeCoreImage({ platform: platform[architecture], modules, config, layout, output });
  const { esp, espSerial } = layout;
  const image = `${disk}@@${esp.start}`;
  // -F: firmware must read FAT32 and need not read others; -T: sectors; -N: the volume's serial
  const sectors = String(esp.size / sector);
  await mtool("mformat", "-i", image, "-F", "-T", sectors, "-v", "ESP", "-N", espSerial, "::");
  await mtool("mmd", "-i", image, "::/EFI", "::/EFI/BOOT");
  await mtool("mcopy", "-i", image, output, `::/EFI/BOOT/${removablePath[architecture]}`);
};

/** mtools complain of geometries that no firmware has looked at for decades. */
const mtool = (...argv: string[]): Promise<string[]> =>
  run(argv, {
    env: { PATH: process.env["PATH"] ?? "", MTOOLS_SKIP_CHECK: "1", TZ: "UTC", ...sourceDate },
  });
