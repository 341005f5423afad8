import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Architecture } from "../../core/job.ts";
import type { Layout } from "../layout.ts";
import { run } from "../run.ts";

/** GRUB's platforms, by the names of their module folders. */
export type Platform = "x86_64-efi" | "arm64-efi" | "i386-pc";

/** Fedora and openSUSE call GRUB's programs grub2-. */
const programs = ["grub-mkimage", "grub2-mkimage"];
const moduleFolders = ["/usr/lib/grub", "/usr/lib/grub2", "/usr/share/grub2"];

const fileSystemModule = { ext4: "ext2", xfs: "xfs", btrfs: "btrfs" } as const;

/** What the fixed configuration needs, and nothing else. */
const modules = ["part_gpt", "search_fs_uuid", "linux", "boot", "minicmd", "serial", "terminal"];
const platformModules: Record<Platform, string[]> = {
  "x86_64-efi": ["fat", "efi_gop", "all_video"],
  "arm64-efi": ["fat", "efi_gop", "all_video"],
  "i386-pc": ["biosdisk", "vga_text"],
};

/** Consoles of the kernel: the last one is where systemd and its gettys speak. */
const serialConsole: Record<Architecture, string> = {
  x86_64: "ttyS0,115200n8",
  arm64: "ttyAMA0,115200n8",
};

/**
 * The whole configuration, built into GRUB: it boots `/vmlinuz` with `/initrd.img`, two symbolic
 * links that each kernel package moves, so that a kernel upgrade touches neither GRUB nor the ESP.
 * `nvme_core.io_timeout` is EC2's advice for EBS: a volume that is slow is not gone.
 */
export const configuration = (layout: Layout, platform: Platform, architecture: Architecture) =>
  [
    // firmware shows UEFI's console on the serial port by itself; a BIOS does not
    ...(platform === "i386-pc"
      ? ["serial --unit=0 --speed=115200", "terminal_output --append serial"]
      : []),
    `search.fs_uuid ${layout.rootUuid} root`,
    `linux /vmlinuz root=UUID=${layout.rootUuid} ro console=tty0 ` +
      `console=${serialConsole[architecture]} nvme_core.io_timeout=4294967295`,
    "initrd /initrd.img",
    "boot",
    "",
  ].join("\n");

/** The folder of a platform's modules; undefined where this machine has none. */
export const findModules = async (platform: Platform): Promise<string | undefined> => {
  for (const parent of moduleFolders) {
    const folder = join(parent, platform);
    if (await exists(join(folder, "modinfo.sh"))) return folder;
  }
  return undefined;
};

export interface CoreImage {
  platform: Platform;
  modules: string;
  /** Path of the configuration. */
  config: string;
  layout: Layout;
  output: string;
}

/** Links GRUB, its modules and the configuration into one file. */
export const makeCoreImage = async (core: CoreImage): Promise<void> => {
  const program = await firstProgram();
  await run([
    ...[program, "--format", core.platform, "--directory", core.modules],
    ...["--prefix", "/boot/grub", "--config", core.config, "--output", core.output],
    ...[...modules, ...platformModules[core.platform], fileSystemModule[core.layout.fileSystem]],
  ]);
};

const firstProgram = async (): Promise<string> => {
  const folders = (process.env["PATH"] ?? "").split(":");
  for (const program of programs) {
    for (const folder of folders) if (await exists(join(folder, program))) return program;
  }
  return "grub-mkimage"; // its absence is then said by its name
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
