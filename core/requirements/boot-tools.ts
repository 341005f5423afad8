import type { Architecture } from "../job.ts";
import { firmwarePaths } from "./firmware.ts";
import type { Manager, Requirement } from "./requirement.ts";

/** The folders in which distributions keep GRUB's modules; `moddep.lst` is in each complete one. */
const modules = (target: string): string[] =>
  ["/usr/lib/grub", "/usr/lib/grub2", "/usr/share/grub2"].map(
    (folder) => `${folder}/${target}/moddep.lst`,
  );

const emulator = (
  architecture: Architecture,
  command: string,
  packages: Record<Manager, string>,
): Requirement => ({
  id: "qemu",
  purpose: "boot images and run their tests",
  commands: [[command]],
  packages,
  when: { architecture, boots: true },
});

const firmware = (architecture: Architecture, packages: Record<Manager, string>): Requirement => ({
  id: "firmware",
  purpose: "boot images by UEFI in QEMU",
  files: firmwarePaths[architecture],
  packages,
  when: { architecture, boots: true },
});

/** What makes an image boot, and boots it. */
export const bootTools: readonly Requirement[] = [
  {
    id: "grub",
    purpose: "make the boot loader",
    commands: [["grub-mkimage", "grub2-mkimage"]],
    packages: {
      apt: "grub-common",
      dnf: "grub2-tools",
      zypper: "grub2",
      pacman: "grub",
      apk: "grub",
    },
    when: { origins: ["scratch"] },
  },
  {
    id: "grub-efi",
    purpose: "boot by UEFI",
    files: modules("x86_64-efi"),
    packages: {
      apt: "grub-efi-amd64-bin",
      dnf: "grub2-efi-x64-modules",
      zypper: "grub2-x86_64-efi",
      pacman: "grub",
      apk: "grub-efi",
    },
    when: { architecture: "x86_64", origins: ["scratch"] },
  },
  {
    id: "grub-bios",
    purpose: "boot by legacy BIOS",
    files: modules("i386-pc"),
    packages: {
      apt: "grub-pc-bin",
      dnf: "grub2-pc-modules",
      zypper: "grub2-i386-pc",
      pacman: "grub",
      apk: "grub-bios",
    },
    when: { architecture: "x86_64", origins: ["scratch"] },
  },
  {
    id: "grub-efi",
    purpose: "boot by UEFI",
    files: modules("arm64-efi"),
    packages: {
      apt: "grub-efi-arm64-bin",
      dnf: "grub2-efi-aa64-modules",
      zypper: "grub2-arm64-efi",
      pacman: "grub",
      apk: "grub-efi",
    },
    when: { architecture: "arm64", origins: ["scratch"] },
  },
  emulator("x86_64", "qemu-system-x86_64", {
    apt: "qemu-system-x86",
    dnf: "qemu-system-x86",
    zypper: "qemu-x86",
    pacman: "qemu-system-x86",
    apk: "qemu-system-x86_64",
  }),
  emulator("arm64", "qemu-system-aarch64", {
    apt: "qemu-system-arm",
    dnf: "qemu-system-aarch64",
    zypper: "qemu-arm",
    pacman: "qemu-system-aarch64",
    apk: "qemu-system-aarch64",
  }),
  firmware("x86_64", {
    apt: "ovmf",
    dnf: "edk2-ovmf",
    zypper: "qemu-ovmf-x86_64",
    pacman: "edk2-ovmf",
    apk: "ovmf",
  }),
  firmware("arm64", {
    apt: "qemu-efi-aarch64",
    dnf: "edk2-aarch64",
    zypper: "qemu-uefi-aarch64",
    pacman: "edk2-aarch64",
    apk: "aavmf",
  }),
];
