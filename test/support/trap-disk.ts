import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeStockDisk } from "./stock-disk.ts";

const run = promisify(execFile);

const espType = "type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
const linuxType = "type=0FC63DAF-8483-4772-8E79-3D69D8477DE4";
const mebibyte = 1024 ** 2;

/** MiB of the trap's root file system on its disk. */
const root = { start: 41, size: 64 };

/** A disk of a small system with an ESP and an ext4, which has no trap in it yet. */
export const makePlainDisk = (folder: string, size = root.size): Promise<string> =>
  makeStockDisk({
    folder,
    size: root.start + size + 3,
    table: `label: gpt\nstart=2048, size=81920, ${espType}\nstart=83968, size=${size * 2048}, ${linuxType}, name=root\n`,
    volumes: [{ start: root.start, size, make: "mkfs.ext4 -q -L root $DEV", path: "/" }],
    esp: 1,
    fstab: "LABEL=root / ext4 defaults 0 1\nUUID=ABCD-1234 /boot/efi vfat defaults 0 1\n",
  });

/**
 * A copy of such a disk on which commands were run: in the image's root, with a folder of this
 * machine's as `$HOST`; or, when they are `damage`, with the unmounted file system as `$DEV`.
 */
export const setTrap = async (
  plain: string,
  disk: string,
  trap: { commands?: string; damage?: string; host: string },
): Promise<void> => {
  const script = `
    set -eu
    DISK=$1 HOST=$2 WORK=$3
    DEV=$(losetup --find --show --offset ${root.start * mebibyte} --sizelimit ${root.size * mebibyte} "$DISK")
    trap 'cd /; umount --recursive "$WORK" 2> /dev/null || true; losetup --detach "$DEV"' EXIT
    mkdir -p "$WORK"
    if [ -n "$4" ]; then
      mount "$DEV" "$WORK"
      (cd "$WORK"; eval "$4")
      umount "$WORK"
    fi
    eval "$5"
  `;
  await run("cp", ["--sparse=always", "--reflink=auto", plain, disk]);
  const parameters = [disk, trap.host, `${disk}.root`, trap.commands ?? "", trap.damage ?? ""];
  await run("unshare", ["--mount", "bash", "-c", script, "bash", ...parameters]);
};

export const trapDiskIn = (folder: string): string => join(folder, "trap.raw");
