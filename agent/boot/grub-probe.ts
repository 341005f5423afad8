import { posix } from "node:path";
import { deviceNames, deviceOf } from "./device-names.ts";
import type { BootMount } from "./mounts.ts";

/** GRUB's names of file systems, by blkid's; those that cloud images boot from. */
const fileSystems: Record<string, string> = {
  ...{ ext2: "ext2", ext3: "ext2", ext4: "ext2", xfs: "xfs", btrfs: "btrfs", vfat: "fat" },
};

/** GRUB's names of partition tables. */
const tables = { gpt: "gpt", dos: "msdos" } as const;

/** What grub-probe answers of a file system, by its targets. */
const answersOf = (mount: BootMount): Record<string, string> => {
  const { partition, logicalVolume } = mount;
  const disk = partition ? `hd0,${tables[partition.table]}${partition.number}` : "hd0";
  const drive = logicalVolume === undefined ? disk : `lvm/${logicalVolume}`;
  const hints =
    logicalVolume === undefined ? `--hint-bios=${drive} --hint-efi=${drive}` : `--hint='${drive}'`;
  return {
    device: deviceOf(mount),
    fs: fileSystems[mount.type] ?? "",
    fs_uuid: mount.uuid,
    fs_label: mount.label ?? "",
    ...(partition && { partuuid: partition.uuid }),
    drive: `(${drive})`,
    abstraction: logicalVolume === undefined ? "" : "lvm",
    // below a logical volume lies a partition, too, of a table that we were not told
    partmap: partition ? tables[partition.table] : logicalVolume === undefined ? "" : "gpt\nmsdos",
    hints_string: hints,
    compatibility_hint: drive,
    bios_hints: drive,
    efi_hints: drive,
    cryptodisk_uuid: "",
  };
};

/**
 * A program in the place of grub-probe, which looks at devices that steps do not have. It answers
 * by what the agent knows of the image's mounts, and says so where it does not know. The names of
 * devices in its answers are those that the sandbox has.
 */
export const grubProbe = (mounts: readonly BootMount[]): string => {
  const known = mounts.filter(({ type }) => fileSystems[type] !== undefined);
  const byPath = known.toSorted((one, other) => other.path.length - one.path.length);
  return `#!/bin/sh
# in the place of GRUB's own while the image is baked: steps have no devices to look at
refuse() {
  echo "grub-probe: $1, and this one, which only answers while an image is baked, does not know it" >&2
  exit 1
}
target=fs device= word=
while [ $# -gt 0 ]; do
  case $1 in
    -t | --target) target=\${2-}; [ $# -gt 1 ] && shift ;;
    --target=*) target=\${1#--target=} ;;
    -d | --device) device=yes ;;
    -m | --device-map) [ $# -gt 1 ] && shift ;;
    --device-map=* | -v | --verbose | --) ;;
    -t?*) target=\${1#-t} ;;
    -V | --version) echo "grub-probe (GRUB) 2"; exit 0 ;;
    -*) refuse "$1 was asked for" ;;
    *) [ -z "$word" ] || [ "$word" = "$1" ] || refuse "more than one thing was asked about"; word=$1 ;;
  esac
  shift
done
[ -n "$word" ] || refuse "nothing was asked about"
if [ -n "$device" ]; then
  case $word in
${known.map((mount, index) => `    ${devices(mount)}) mount=${index} ;;`).join("\n")}
    *) refuse "$word was asked about" ;;
  esac
else
  path=$(readlink -f -- "$word") && [ -e "$path" ] || refuse "$word is not there"
  case $path/ in
${byPath.map((mount) => `    ${pattern(mount.path)}) mount=${known.indexOf(mount)} ;;`).join("\n")}
    *) refuse "$word was asked about" ;;
  esac
fi
case $mount:$target in
${known.flatMap((mount, index) => cases(mount, index)).join("\n")}
  *) refuse "$target was asked for" ;;
esac
`;
};

const cases = (mount: BootMount, index: number): string[] =>
  Object.entries(answersOf(mount)).map(([target, answer]) => {
    const print =
      answer === "" ? ":" : `printf '%s\\n' ${answer.split("\n").map(quoted).join(" ")}`;
    return `  ${index}:${target}) ${print} ;;`;
  });

const devices = (mount: BootMount): string =>
  [...new Set([deviceOf(mount), ...deviceNames([mount])])].map(quoted).join(" | ");

const pattern = (path: string): string => `${quoted(posix.join(path, "/"))}*`;

/** A word for sh that is nothing but itself. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/**
 * A program in the place of grub-install. What the disk has of GRUB stays as it is, and with it
 * the modules in /boot that it fits: packages need no more, and somebody who runs it by hand
 * must know that nothing happened. dpkg(1) sets the variable for its packages' scripts.
 */
export const grubInstall = `#!/bin/sh
if [ -n "\${DPKG_MAINTSCRIPT_PACKAGE-}" ]; then
  echo "GRUB on the disk stays as it is while the image is baked" >&2
  exit 0
fi
echo "grub-install: steps have no disk to write to; GRUB on the disk stays as it is" >&2
exit 1
`;
