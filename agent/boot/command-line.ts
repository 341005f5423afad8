import { join } from "node:path";
import { inside } from "../inside.ts";
import { readInside } from "../read-inside.ts";
import { bytesAt } from "./bytes.ts";
import { entriesIn, inMenuOrder } from "./entries.ts";
import { defaultGrubEntry, readGrubConfig, readGrubEnvironment } from "./grub-config.ts";
import { entryFolders, extlinuxConfigs, grubConfigs } from "./places.ts";
import { efiPrograms } from "./uefi.ts";
import { defaultLabel, readExtlinux } from "./extlinux-config.ts";

/** Of what a boot loader passes to a kernel, words about this one boot or this one machine. */
const ofOneBoot = /^(?:BOOT_IMAGE|initrd|systemd\.machine_id)=/;

/**
 * The command line that the image's own kernels are booted with: what `/proc/cmdline` must show
 * to whatever installs another kernel, since that copies it. From /etc/kernel/cmdline, else from
 * what boots by default; empty where the image boots no kernel yet. Throws UnusablePath.
 */
export const commandLineOf = async (root: string): Promise<string> => {
  const found =
    (await written(root)) ||
    (await fromEntries(root)) ||
    (await fromGrub(root)) ||
    (await fromExtlinux(root)) ||
    (await fromOurs(root));
  return found
    .split(/\s+/)
    .filter((word) => word !== "" && !ofOneBoot.test(word))
    .join(" ");
};

const written = async (root: string): Promise<string> => {
  for (const path of ["/etc/kernel/cmdline", "/usr/lib/kernel/cmdline"]) {
    const text = await readInside(root, path);
    if (text !== undefined) return text.replaceAll(/^[ \t]*#.*$/gm, "");
  }
  return "";
};

const fromEntries = async (root: string): Promise<string> => {
  for (const folder of entryFolders) {
    const [entry] = inMenuOrder(await entriesIn(root, folder));
    if (entry === undefined) continue;
    const { kernelopts = "" } = Object.fromEntries(await grubEnvironment(root));
    return entry.options.replaceAll("$kernelopts", () => kernelopts).replaceAll(/\$\w+/g, "");
  }
  return "";
};

const fromGrub = async (root: string): Promise<string> => {
  for (const path of grubConfigs) {
    const text = await readInside(root, path);
    if (text === undefined) continue;
    const saved = (await grubEnvironment(root)).get("saved_entry") ?? "";
    const entry = defaultGrubEntry(readGrubConfig(text), saved);
    if (entry?.linux !== undefined) return entry.options;
  }
  return "";
};

const fromExtlinux = async (root: string): Promise<string> => {
  for (const path of extlinuxConfigs) {
    const text = await readInside(root, path);
    const label = text === undefined ? undefined : defaultLabel(readExtlinux(text));
    if (label !== undefined) return label.options;
  }
  return "";
};

/** Our own images have theirs built into GRUB on the ESP: agent/boot-loader/grub.ts. */
const fromOurs = async (root: string): Promise<string> => {
  const esp = await inside(root, "/boot/efi");
  for (const program of await efiPrograms(esp)) {
    const text = (await bytesAt(join(esp, program), 0, mostBytes))?.toString("latin1") ?? "";
    const [, options] = /linux \/vmlinuz (root=UUID=[ -~]*)/.exec(text) ?? [];
    if (options !== undefined) return options;
  }
  return "";
};

/** Bytes of GRUB with what is built into it: it has less than two mebibytes. */
const mostBytes = 4 * 1024 ** 2;

/** The variables that GRUB keeps from boot to boot. Throws UnusablePath. */
export const grubEnvironment = async (root: string): Promise<Map<string, string>> => {
  for (const path of grubConfigs) {
    const text = await readInside(root, path.replace(/grub\.cfg$/, "grubenv"));
    if (text !== undefined) return readGrubEnvironment(text);
  }
  return new Map();
};
