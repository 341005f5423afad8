import { lstat, symlink } from "node:fs/promises";
import { hasProgram } from "../has-program.ts";
import { insideParent } from "../inside.ts";
import { replaced, writeReplaced } from "../replaced.ts";
import { removeNamed } from "./remove.ts";
import { readSshd } from "./sshd-config.ts";
import { unitsOf, wantedUnits } from "./units.ts";

const folder = "/etc/systemd/system";
const unitName = "ovenbird-ssh-host-keys.service";
const daemonUnits = ["ssh.service", "sshd.service", "ssh.socket", "sshd.socket"];

/**
 * Removes the keys by which a machine is known, and sees to it that an image with sshd makes its
 * own before sshd starts. Throws CommandFailed, UnusablePath.
 */
export const removeHostKeys = async (root: string, say: (line: string) => void): Promise<void> => {
  await removeNamed(root, "/etc/ssh", "ssh_host_*");
  await removeNamed(root, "/etc/dropbear", "dropbear_*_host_key");
  if (!(await hasProgram(root, "sshd"))) return;
  for (const path of new Set(readSshd(root).words("HostKey"))) {
    // ssh-keygen -A would not make it again, and sshd would not start
    if (!path.startsWith("/etc/ssh/ssh_host_")) {
      say(`sshd's own host key ${JSON.stringify(path)} stays: nothing would make another`);
    }
  }
  await makeKeysAtBoot(root, say);
};

/** Where there is no unit of sshd's, OpenRC's or another script makes keys before it starts it. */
const makeKeysAtBoot = async (root: string, say: (line: string) => void): Promise<void> => {
  const units = await unitsOf(root, /ssh|cloud-init/i);
  const daemons = daemonUnits.filter((name) => units.has(name));
  if (daemons.length === 0 || (await cloudInitRuns(root, units))) return;
  if (makersOf(units, await wantedUnits(root))) return;
  if (!(await hasProgram(root, "ssh-keygen"))) {
    say("sshd's host keys are gone, and the image has no ssh-keygen to make new ones");
    return;
  }
  await writeReplaced(root, `${folder}/${unitName}`, unitBefore(daemons));
  for (const daemon of daemons) {
    await symlink(`../${unitName}`, await replaced(root, `${folder}/${daemon}.wants/${unitName}`));
  }
  say(`${unitName} makes sshd's host keys when the image boots`);
};

/** cloud-init makes keys for every new instance, unless this file says that it does nothing. */
const cloudInitRuns = async (root: string, units: Map<string, string>): Promise<boolean> => {
  if (![...units.keys()].some((name) => name.startsWith("cloud-init"))) return false;
  const disabled = await insideParent(root, "/etc/cloud/cloud-init.disabled").catch(() => "");
  const there = await lstat(disabled).catch(() => undefined);
  return there === undefined;
};

/**
 * Whether a unit makes keys each time that there are none: sshd's own (openSUSE), or one that is
 * wanted (Fedora, Amazon Linux). Debian's sshd-keygen.service runs only where there is no
 * machine-id, which is never so in our images.
 */
const makersOf = (units: Map<string, string>, wanted: ReadonlySet<string>): boolean =>
  [...units].some(([name, text]) => {
    if (name === unitName || !/^Exec\w+=.*(?:keygen|gen-?keys)/m.test(text)) return false;
    if (/^ConditionFirstBoot=/m.test(text)) return false;
    return daemonUnits.includes(name) || wanted.has(name) || isNamed(name, units, wanted);
  });

/** `sshd-keygen@.service` is wanted as `sshd-keygen@rsa.service`. */
const isNamed = (name: string, units: Map<string, string>, wanted: ReadonlySet<string>) => {
  const [start = "", end = ""] = name.split(/(?<=@)|(?=\.service$)/);
  const matches = (other: string) => other.startsWith(start) && other.endsWith(end);
  const dependencies = [...units.values()].flatMap((text) =>
    [...text.matchAll(/^(?:Wants|Requires)=(.*)$/gm)].flatMap(([, names = ""]) =>
      names.split(/\s+/),
    ),
  );
  return [...dependencies, ...wanted].some(matches);
};

/** Early enough for a socket, which comes before what ordinary services wait for. */
const unitBefore = (daemons: readonly string[]): string => `[Unit]
Description=Make the SSH host keys that the image does not have
DefaultDependencies=no
After=local-fs.target systemd-remount-fs.service
RequiresMountsFor=/etc/ssh
Before=${daemons.join(" ")} shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/env ssh-keygen -A
`;
