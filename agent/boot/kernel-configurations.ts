import { readInside } from "../read-inside.ts";
import type { StandIn } from "../stand-ins.ts";
import { commandLineOf } from "./command-line.ts";
import { entryToken } from "./entry-token.ts";

/**
 * Files for the time in which kernels are installed, so that what is made of this machine's own
 * state is made of the image's instead, or for any machine. Throws UnusablePath.
 */
export const kernelConfigurations = async (root: string): Promise<StandIn[]> => {
  const text = { mode: 0o644 };
  const files: StandIn[] = [
    // what a distribution does for one machine's initramfs, it does again on that machine
    { path: "/etc/dracut.conf.d/zz-ovenbird.conf", content: hostOnlyNot, ...text },
    { path: "/etc/initramfs-tools/conf.d/zz-ovenbird", content: "MODULES=most\n", ...text },
  ];
  const commandLine = await commandLineOf(root);
  const written = await readInside(root, "/etc/kernel/cmdline");
  if (written === undefined && commandLine !== "") {
    files.push({ path: "/etc/kernel/cmdline", content: `${commandLine}\n`, ...text });
  }
  const token = await entryToken(root);
  if (token !== undefined) {
    files.push({ path: "/etc/kernel/entry-token", content: `${token}\n`, ...text });
  }
  if (/^[0-9a-f]{32}$/.test(token ?? "")) {
    files.push({ path: "/etc/machine-id", content: `${token}\n`, mode: 0o444 });
  }
  return files;
};

const hostOnlyNot = 'hostonly="no"\nhostonly_cmdline="no"\n';
