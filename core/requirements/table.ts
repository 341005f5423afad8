import { bootTools } from "./boot-tools.ts";
import { everywhere } from "./packages.ts";
import type { Requirement } from "./requirement.ts";

const disks: Requirement[] = [
  {
    id: "mmdebstrap",
    purpose: "make a root file system from a distribution's packages",
    commands: [["mmdebstrap"]],
    packages: everywhere("mmdebstrap"),
    when: { origins: ["scratch"] },
  },
  {
    id: "sfdisk",
    purpose: "partition the disk",
    commands: [["sfdisk"]],
    packages: { ...everywhere("util-linux"), apt: "fdisk", apk: "sfdisk" },
  },
  {
    id: "blkid",
    purpose: "see what is on a disk",
    commands: [["blkid"]],
    packages: { ...everywhere("util-linux"), apk: "blkid" },
    when: { origins: ["recipe", "image", "filter", "parameter", "file"] },
  },
  {
    id: "qemu-img",
    purpose: "import and export disks",
    commands: [["qemu-img"]],
    packages: { ...everywhere("qemu-img"), apt: "qemu-utils" },
    when: { origins: ["file"] },
  },
  {
    id: "qemu-img",
    purpose: "copy an image's disk",
    commands: [["qemu-img"]],
    packages: { ...everywhere("qemu-img"), apt: "qemu-utils" },
    when: { origins: ["recipe", "image"], boots: true }, // a builder of EC2's is given a copy
  },
  {
    id: "mount",
    purpose: "mount the disk by partition offset",
    commands: [["mount"], ["umount"], ["losetup"]],
    packages: { ...everywhere("util-linux"), apt: "mount" },
  },
  {
    id: "util-linux",
    purpose: "isolate the steps, lock the state, trim the disk",
    commands: [
      ["unshare"],
      ["nsenter"],
      ["setpriv"],
      ["flock"],
      ["fstrim"],
      ["prlimit"],
      ["blockdev"],
    ],
    packages: everywhere("util-linux"),
  },
  {
    id: "bash",
    purpose: "start the steps' programs",
    commands: [["bash"]],
    packages: everywhere("bash"),
  },
  {
    id: "coreutils",
    purpose: "copy disks, and clean the image",
    commands: [["cp"], ["truncate"]],
    packages: everywhere("coreutils"),
  },
  {
    id: "findutils",
    purpose: "clean the image, and ask about many of its files at once",
    commands: [["find"], ["xargs"]],
    packages: everywhere("findutils"),
  },
  {
    id: "getfattr",
    purpose: "read extended attributes: capabilities, labels, access lists",
    commands: [["getfattr"]],
    packages: everywhere("attr"),
  },
  {
    id: "chattr",
    purpose: "clean the image of files that are marked as immutable",
    commands: [["chattr"]],
    packages: { ...everywhere("e2fsprogs"), apk: "e2fsprogs-extra" },
  },
  {
    id: "findmnt",
    purpose: "find the device of a Btrfs file system",
    commands: [["findmnt"]],
    packages: { ...everywhere("util-linux"), apk: "findmnt" },
    when: { fileSystem: "btrfs" },
  },
  {
    id: "ext4",
    purpose: "make, check and grow ext4 file systems",
    commands: [["mkfs.ext4"], ["e2fsck"], ["resize2fs"], ["dumpe2fs"]],
    packages: everywhere("e2fsprogs"),
    when: { fileSystem: "ext4" },
  },
  {
    id: "xfs",
    purpose: "make, check and grow XFS file systems",
    commands: [["mkfs.xfs"], ["xfs_repair"], ["xfs_growfs"]],
    packages: everywhere("xfsprogs"),
    when: { fileSystem: "xfs" },
  },
  {
    id: "btrfs",
    purpose: "make, check and grow Btrfs file systems",
    commands: [["mkfs.btrfs"], ["btrfs"]],
    packages: { ...everywhere("btrfs-progs"), zypper: "btrfsprogs" },
    when: { fileSystem: "btrfs" },
  },
  {
    id: "mtools",
    purpose: "fill the EFI system partition",
    commands: [["mformat"], ["mcopy"], ["mmd"]],
    packages: everywhere("mtools"),
  },
];

const steps: Requirement[] = [
  {
    id: "bubblewrap",
    purpose: "run steps in a sandbox",
    commands: [["bwrap"]],
    packages: everywhere("bubblewrap"),
  },
  {
    id: "slirp4netns",
    purpose: "give steps a network without the host's own",
    commands: [["slirp4netns"]],
    packages: everywhere("slirp4netns"),
  },
  {
    id: "ip",
    purpose: "set up the steps' network",
    commands: [["ip"]],
    packages: { ...everywhere("iproute2"), dnf: "iproute" },
  },
];

/** Below /usr, as that is all of this machine that a playbook sees. */
const ansible: Requirement[] = [
  {
    id: "ansible",
    purpose: "run playbooks",
    files: ["/usr/bin/ansible-playbook", "/usr/local/bin/ansible-playbook"],
    packages: everywhere("ansible"),
    when: { steps: ["ansible"] },
  },
  {
    id: "ansible-chroot",
    purpose: "run playbooks on an image",
    files: [
      ...["/usr/lib/python3/dist-packages", "/usr/{lib,lib64,local/lib}/python3*/*-packages"],
      "/usr/share/ansible/collections",
    ].map(
      (folder) => `${folder}/ansible_collections/community/general/plugins/connection/chroot.py`,
    ),
    packages: everywhere("ansible"),
    when: { steps: ["ansible"] },
  },
];

const keyrings: Requirement[] = [
  {
    id: "debian-keyring",
    purpose: "check the signatures of Debian's packages",
    files: ["gpg", "pgp"].map((kind) => `/usr/share/keyrings/debian-archive-keyring.${kind}`),
    packages: { ...everywhere("debian-archive-keyring"), dnf: "debian-keyring" },
    when: { distribution: "debian" },
  },
  {
    id: "ubuntu-keyring",
    purpose: "check the signatures of Ubuntu's packages",
    files: ["/usr/share/keyrings/ubuntu-archive-keyring.gpg"],
    packages: {
      ...everywhere("ubuntu-keyring"),
      dnf: "ubu-keyring",
      apk: "ubuntu-archive-keyring",
    },
    otherwise: "copy /usr/share/keyrings/ubuntu-archive-keyring.gpg from an Ubuntu machine",
    when: { distribution: "ubuntu" },
  },
];

/**
 * Everything a machine must have to bake and boot images. Package names of apt were tried on
 * Debian 12; those of the other package managers were not tried anywhere yet (docs/verified.md).
 */
export const requirements: readonly Requirement[] = [
  ...disks,
  ...bootTools,
  ...steps,
  ...ansible,
  ...keyrings,
];
