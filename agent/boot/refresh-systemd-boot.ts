import { writeFile } from "node:fs/promises";
import { NotBootable } from "../../core/errors.ts";
import { inside } from "../inside.ts";
import { readInside } from "../read-inside.ts";
import { checked, notBootable } from "./check.ts";
import { entriesIn, inMenuOrder, type LoaderEntry } from "./entries.ts";
import { unifiedImages } from "./unified.ts";
import { mountOf } from "./mounts.ts";
import type { RefreshContext } from "./refresh-context.ts";

/**
 * The newest kernel gets a loader entry where its package made none, and entries forget the
 * machine that they were made on: its id would become that of every machine, and decide which
 * entry comes first. Throws NotBootable.
 */
export const refreshSystemdBoot = async (context: RefreshContext, esp: string): Promise<string> => {
  const [newest] = context.kernels;
  const isNewest = ({ id, version }: LoaderEntry) =>
    version === newest.version || id.includes(newest.version);
  let entries = await menu(context, esp);
  if (!entries.some(isNewest)) {
    await context.inImage(["kernel-install", "add", newest.version, newest.source]);
    entries = await menu(context, esp);
  }
  for (const entry of entries) if (entry.text !== "") await forgetMachine(context, entry);
  entries = await menu(context, esp);
  const entry = (await chosen(context, esp, entries)) ?? entries[0];
  if (entry === undefined) {
    throw new NotBootable(`the image has no entry in ${esp}/loader/entries for systemd-boot`);
  }
  if (!isNewest(entry)) {
    context.say(
      `systemd-boot boots ${JSON.stringify(entry.id)}; the newest kernel is ${newest.version}`,
    );
  }
  const { id: title, linux, initrd, options, file } = entry;
  const isUnified = /\.efi$/i.test(entry.file);
  if (!isUnified && !hasRoot(entry) && entries.some(hasRoot)) {
    throw notBootable(title, ["does not say which file system is the root, as others do"]);
  }
  const uuid = mountOf(context.mounts, file)?.uuid;
  return checked(context, { title, linux, initrd, options, uuid });
};

const hasRoot = ({ options }: LoaderEntry): boolean => /(?:^|\s)root=/.test(options);

/** systemd-boot reads the ESP and, where there is one, the boot partition beside it. */
const menu = async ({ root, mounts }: RefreshContext, esp: string): Promise<LoaderEntry[]> => {
  const folders = new Set([
    esp,
    ...mounts.filter(({ path }) => path === "/boot").map(({ path }) => path),
  ]);
  const entries = await Promise.all(
    [...folders].map((folder) => entriesIn(root, `${folder}/loader/entries`)),
  );
  return inMenuOrder([...entries.flat(), ...(await unifiedImages(root, esp))]);
};

/** What loader.conf(5) says, a pattern of names; what somebody chose in the menu is in no file. */
const chosen = async (
  { root }: RefreshContext,
  esp: string,
  entries: readonly LoaderEntry[],
): Promise<LoaderEntry | undefined> => {
  const text = (await readInside(root, `${esp}/loader/loader.conf`)) ?? "";
  const pattern = /^[ \t]*default[ \t]+(\S+)/m.exec(text)?.[1]?.replace(/\.conf$/, "");
  if (pattern === undefined || pattern.startsWith("@")) return undefined;
  const matches = globbed(pattern);
  return entries.find(({ id }) => matches.test(id.toLowerCase()));
};

const globbed = (pattern: string): RegExp => {
  const signs: Record<string, string> = { "*": ".*", "?": "." };
  const escaped = pattern
    .toLowerCase()
    .replaceAll(/[.*+?^${}()|[\]\\]/g, (sign) => signs[sign] ?? `\\${sign}`);
  return new RegExp(`^${escaped}$`);
};

const forgetMachine = async ({ root, say }: RefreshContext, entry: LoaderEntry): Promise<void> => {
  const lines = entry.text.split("\n").filter((line) => !/^machine-id\s/.test(line));
  const text = lines
    .map((line) =>
      /^options\s/.test(line) ? line.replaceAll(/\ssystemd\.machine_id=\S*/g, "") : line,
    )
    .join("\n");
  if (text === entry.text) return;
  await writeFile(await inside(root, entry.file), text);
  say(`${JSON.stringify(entry.id)} no longer names the machine that it was made on`);
};
