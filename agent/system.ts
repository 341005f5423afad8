import { symlink } from "node:fs/promises";
import { CommandFailed } from "../core/errors.ts";
import { fstabFields } from "./file-system.ts";
import { folderInside } from "./inside.ts";
import { fatUuid, type Layout } from "./layout.ts";
import { replaced, writeReplaced } from "./replaced.ts";
import type { Sandbox } from "./sandbox.ts";

/** Every interface that is not a tunnel or a bridge of somebody's asks for an address. */
const dhcp = `[Match]
Name=en* eth*

[Network]
DHCP=yes
`;

const hosts = `127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
`;

const espLine = ({ espSerial }: Layout): string =>
  `UUID=${fatUuid(espSerial)} /boot/efi vfat umask=0077,nofail 0 0`;

const fstab = (layout: Layout): string =>
  `UUID=${layout.rootUuid} / ${layout.fileSystem} ${fstabFields[layout.fileSystem]}\n` +
  `${espLine(layout)}\n`;

/**
 * Makes a freshly installed distribution a system that boots by itself: what to mount, how to get
 * an address, and nothing in it of the machine it was made on.
 */
export const configureSystem = async (sandbox: Sandbox, layout: Layout): Promise<void> => {
  const { root } = sandbox;
  await writeReplaced(root, "/etc/fstab", fstab(layout));
  await writeReplaced(root, "/etc/hostname", "localhost\n");
  await writeReplaced(root, "/etc/hosts", hosts);
  // after what cloud-init writes (10-…), which knows more of its machine
  await writeReplaced(root, "/etc/systemd/network/80-dhcp.network", dhcp);
  await folderInside(root, "/boot/efi");
  const resolver = await replaced(root, "/etc/resolv.conf");
  await symlink("../run/systemd/resolve/stub-resolv.conf", resolver);
  const enabled = await sandbox.run([
    ...["systemctl", "enable", "systemd-networkd.service", "systemd-resolved.service"],
  ]);
  if (enabled.status !== 0) {
    throw new CommandFailed(["systemctl enable failed", ...enabled.tail].join("\n"));
  }
};
