import type { Architecture } from "../job.ts";

/**
 * Where distributions put the UEFI firmware for QEMU. A file that holds both code and variables
 * comes before one that holds the code alone, since `-bios` takes the first as it is.
 */
export const firmwarePaths: Record<Architecture, readonly string[]> = {
  x86_64: [
    "/usr/share/ovmf/OVMF.fd", // Debian, Ubuntu
    "/usr/share/OVMF/OVMF.fd", // Alpine
    "/usr/share/qemu/ovmf-x86_64.bin", // openSUSE
    "/usr/share/edk2/x64/OVMF.4m.fd", // Arch
    "/usr/share/edk2-ovmf/x64/OVMF.fd", // Arch before 2024
    "/usr/share/OVMF/OVMF_CODE_4M.fd", // Debian, Ubuntu
    "/usr/share/OVMF/OVMF_CODE.fd",
    "/usr/share/edk2/ovmf/OVMF_CODE.fd", // Fedora
    "/usr/share/edk2/x64/OVMF_CODE.4m.fd",
  ],
  arm64: [
    "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd", // Debian, Ubuntu
    "/usr/share/AAVMF/QEMU_EFI.fd", // Alpine
    "/usr/share/edk2/aarch64/QEMU_EFI.fd", // Fedora, Arch
    "/usr/share/qemu/aavmf-aarch64-code.bin", // openSUSE
    "/usr/share/qemu/qemu-uefi-aarch64.bin",
    "/usr/share/AAVMF/AAVMF_CODE.fd",
  ],
};
