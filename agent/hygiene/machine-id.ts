import { lstat } from "node:fs/promises";
import { hasProgram } from "../has-program.ts";
import { insideParent } from "../inside.ts";
import { writeReplaced } from "../replaced.ts";
import { removeNamed } from "./remove.ts";

/**
 * An empty machine-id is filled in at first boot. Never `uninitialized` and never missing: systemd
 * would apply its presets again and undo what `services` set. With OpenRC the id is dbus' own,
 * which makes one where no file is, and stops at an empty one. Throws UnusablePath.
 */
export const forgetMachine = async (root: string): Promise<void> => {
  if (await hasProgram(root, "openrc")) await removeNamed(root, "/etc", "machine-id");
  else await writeReplaced(root, "/etc/machine-id", "", 0o444);
  // a link to the other one is what some distributions ship
  const copy = await insideParent(root, "/var/lib/dbus/machine-id").catch(() => undefined);
  const there = copy && (await lstat(copy).catch(() => undefined));
  if (there && !there.isSymbolicLink()) await removeNamed(root, "/var/lib/dbus", "machine-id");
};
