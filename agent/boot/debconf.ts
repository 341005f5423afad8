import { rm } from "node:fs/promises";
import { insideParent } from "../inside.ts";
import { readInside } from "../read-inside.ts";
import { writeReplaced } from "../replaced.ts";

/** /run is a tmpfs while steps run. */
const file = "/run/ovenbird-debconf.dat";

/**
 * GRUB's packages run grub-install on the devices that the image's debconf names, and fail where
 * those are not there, or none is named. They are to install on none, and be content with that.
 */
const answers = new Map([
  ["grub-pc/install_devices", ""],
  ["grub-pc/install_devices_empty", "true"],
  ["grub-efi/install_devices", ""],
  ["grub-efi/install_devices_empty", "true"],
]);

/**
 * Gives answers to those of these questions that the image knows, without a word in its own
 * database: debconf looks first where the variable says, and keeps nothing but them there. One
 * that it does not know yet must get into its own. See debconf(7), DEBCONF_DB_OVERRIDE.
 */
export const answerDebconf = async (root: string): Promise<Record<string, string>> => {
  const known = (await readInside(root, "/var/cache/debconf/config.dat").catch(() => "")) ?? "";
  const names = [...answers.keys()].filter((name) => known.includes(`\nName: ${name}\n`));
  if (names.length === 0) return {};
  // debconf writes into it, so that each step gets a new one
  await writeReplaced(root, file, names.map(stanza).join("\n"));
  return { DEBCONF_DB_OVERRIDE: `File{filename:${file} accept_name:^(${names.join("|")})$}` };
};

const stanza = (name: string): string =>
  `Name: ${name}\nTemplate: ${name}\nValue: ${answers.get(name)}\nOwners: ovenbird\nFlags: seen\n`;

export const removeAnswers = async (root: string): Promise<void> => {
  for (const path of [file, `${file}-old`]) {
    const target = await insideParent(root, path).catch(() => undefined);
    if (target !== undefined) await rm(target, { recursive: true, force: true });
  }
};
