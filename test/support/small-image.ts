import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { staticBusybox } from "./busybox.ts";

const run = promisify(execFile);

/** A program that only writes down how it was called, one word a line, and what it was told. */
const recorder = `#!/bin/sh
{ echo "$(basename "$0")"; for word; do echo "  $word"; done; } >> /var/called
`;

/** Enough of useradd for what reads /etc/passwd after it. */
const useradd = `${recorder}
for name; do :; done
echo "$name:x:2000:2000::/home/$name:/bin/sh" >> /etc/passwd
mkdir -p "/home/$name"
`;

const groupadd = `${recorder}
echo "$2:x:2001:" >> /etc/group
`;

const files: Record<string, string> = {
  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nbird:x:1000:1000::/home/bird:/bin/sh\n",
  "etc/group": "root:x:0:\nbird:x:1000:\n",
  "etc/os-release": 'PRETTY_NAME="Small 1"\n',
  "boot/vmlinuz-1": "a kernel",
  "boot/initrd.img-1": "an initramfs",
  "lib/modules/1/modules.order": "",
};

const folders = [
  "bin",
  "dev",
  "home/bird",
  "proc",
  "root",
  "run",
  "sys",
  "tmp",
  "usr/sbin",
  "var/log",
];

const links = { vmlinuz: "boot/vmlinuz-1", "initrd.img": "boot/initrd.img-1" };

const programs: Record<string, string> = {
  "usr/bin/systemctl": recorder,
  "usr/sbin/useradd": useradd,
  "usr/sbin/usermod": recorder,
  "usr/sbin/groupadd": groupadd,
};

/**
 * A root file system of two megabytes in a folder: BusyBox, two accounts, and what an image must
 * have. Programs of distributions write their calls to /var/called; `extra` names more.
 */
export const makeSmallImage = async (
  root: string,
  extra: readonly string[] = [],
): Promise<void> => {
  const busybox = await staticBusybox();
  if (busybox === undefined) throw new Error("test/global-setup.ts did not install busybox-static");
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await copyFile(busybox, join(root, "bin/busybox"));
  const { stdout } = await run(busybox, ["--list"]);
  const applets = stdout.split("\n").filter((name) => name !== "" && name !== "busybox");
  await Promise.all(applets.map((name) => symlink("busybox", join(root, "bin", name))));
  for (const [path, target] of Object.entries(links)) await symlink(target, join(root, path));
  const recorders = Object.fromEntries(extra.map((name) => [`usr/bin/${name}`, recorder]));
  const all = { ...files, ...programs, ...recorders };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  for (const path of Object.keys({ ...programs, ...recorders }))
    await chmod(join(root, path), 0o755);
  await chmod(join(root, "tmp"), 0o1777);
};
