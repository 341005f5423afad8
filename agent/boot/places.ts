/** Where boot loaders have their configurations, as distributions mount their partitions. */

/** Debian; Fedora, SUSE; Fedora's on the ESP before version 34. */
export const grubConfigs = [
  ...["/boot/grub/grub.cfg", "/boot/grub2/grub.cfg"],
  ...["fedora", "centos", "redhat", "almalinux", "rocky", "amzn", "ol"].map(
    (vendor) => `/boot/efi/EFI/${vendor}/grub.cfg`,
  ),
];

/** Where an ESP, or a boot partition beside it, is mounted: systemd's order. */
export const bootFolders = ["/efi", "/boot", "/boot/efi"];
export const entryFolders = bootFolders.map((folder) => `${folder}/loader/entries`);

export const extlinuxConfigs = [
  ...["/boot/extlinux/extlinux.conf", "/boot/syslinux/extlinux.conf", "/extlinux/extlinux.conf"],
  ...["/boot/extlinux.conf", "/extlinux.conf"],
  ...["/boot/syslinux/syslinux.cfg", "/syslinux/syslinux.cfg", "/boot/efi/syslinux.cfg"],
];
