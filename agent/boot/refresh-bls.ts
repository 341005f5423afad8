import { NotBootable } from "../../core/errors.ts";
import { hasProgram } from "../has-program.ts";
import { readInside } from "../read-inside.ts";
import { checked } from "./check.ts";
import { grubEnvironment } from "./command-line.ts";
import { entriesIn, inGrubOrder, type LoaderEntry } from "./entries.ts";
import type { GrubConfig } from "./grub-config.ts";
import { mountOf } from "./mounts.ts";
import type { RefreshContext } from "./refresh-context.ts";

const folder = "/boot/loader/entries";

/**
 * GRUB of Fedora and Amazon Linux makes its menu of loader entries. The newest kernel gets one
 * where its package made none, and is made the one that boots, as those distributions do on a
 * running machine, unless /etc/sysconfig/kernel says otherwise. Throws NotBootable.
 */
export const refreshBls = async (context: RefreshContext, config: GrubConfig): Promise<string> => {
  const [newest] = context.kernels;
  const isNewest = ({ version, linux }: LoaderEntry) =>
    version === newest.version || linux.endsWith(`-${newest.version}`);
  let entries = await menu(context);
  if (!entries.some(isNewest)) {
    await context.inImage(["kernel-install", "add", newest.version, newest.source]);
    entries = await menu(context);
  }
  let entry = await defaultOf(context, config, entries);
  const wanted = entries.find(isNewest);
  if (wanted !== undefined && !isNewest(entry) && config.default === "${saved_entry}") {
    if (await updatesDefault(context)) {
      await saveEntry(context, wanted.id);
      entry = await defaultOf(context, config, entries);
    }
  }
  if (!isNewest(entry)) {
    context.say(`GRUB boots ${JSON.stringify(entry.id)}; the newest kernel is ${newest.version}`);
  }
  return checked(context, await bootEntry(context, entry));
};

const menu = async ({ root }: RefreshContext): Promise<LoaderEntry[]> =>
  inGrubOrder(await entriesIn(root, folder));

const defaultOf = async (
  { root }: RefreshContext,
  config: GrubConfig,
  entries: readonly LoaderEntry[],
): Promise<LoaderEntry> => {
  const saved = (await grubEnvironment(root)).get("saved_entry") ?? "";
  const name = config.default === "${saved_entry}" ? saved : config.default;
  const entry = /^\d+$/.test(name) ? entries[Number(name)] : entries.find(({ id }) => id === name);
  const found = entry ?? entries[0];
  if (found !== undefined) return found;
  throw new NotBootable(`the image has no entry in ${folder}, of which GRUB would make its menu`);
};

const bootEntry = async ({ root, mounts }: RefreshContext, entry: LoaderEntry) => {
  const { kernelopts = "" } = Object.fromEntries(await grubEnvironment(root));
  const options = entry.options.replaceAll("$kernelopts", () => kernelopts);
  const uuid = mountOf(mounts, "/boot")?.uuid;
  return { title: entry.id, linux: entry.linux, initrd: entry.initrd, options, uuid };
};

/** Fedora's way to say that new kernels do not become the default. */
const updatesDefault = async ({ root }: RefreshContext): Promise<boolean> => {
  const text = await readInside(root, "/etc/sysconfig/kernel");
  return !/^[ \t]*UPDATEDEFAULT=["']?no\b/m.test(text ?? "");
};

const saveEntry = async (context: RefreshContext, id: string): Promise<void> => {
  const fedoras = await hasProgram(context.root, "grub2-editenv");
  await context.inImage([
    fedoras ? "grub2-editenv" : "grub-editenv",
    "-",
    "set",
    `saved_entry=${id}`,
  ]);
};
