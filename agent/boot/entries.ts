import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { inside } from "../inside.ts";
import { readRegular } from "../read-inside.ts";
import { versionIn } from "./kernels.ts";
import { compareVersions } from "./versions.ts";

/**
 * A file of loader/entries:
 * https://uapi-group.org/specifications/specs/boot_loader_specification/#type-1-boot-loader-specification-entries
 */
export interface LoaderEntry {
  /** The file's name without `.conf` and without a counter of tries. */
  id: string;
  /** The file, as the image sees it. */
  file: string;
  text: string;
  version: string;
  sortKey: string;
  machineId: string;
  linux: string;
  initrd: string[];
  options: string;
}

/** More entries than any menu shows. */
const mostEntries = 500;

/** Bytes of an entry; one with a command line as long as the kernel takes has five thousand. */
const mostBytes = 64 * 1024;

/** The entries in a folder of the image. Throws UnusablePath. */
export const entriesIn = async (root: string, folder: string): Promise<LoaderEntry[]> => {
  const path = await inside(root, folder).catch(() => "");
  const names = (await readdir(path).catch(() => [])).filter((name) => name.endsWith(".conf"));
  const entries = names.slice(0, mostEntries).map(async (name) => {
    const text = await readRegular(join(path, name), `${folder}/${name}`, mostBytes);
    return text === undefined ? [] : [readEntry(`${folder}/${name}`, name, text)];
  });
  return (await Promise.all(entries)).flat();
};

const readEntry = (file: string, name: string, text: string): LoaderEntry => {
  const lines = text.split("\n").map((line) => /^([a-z_-]+)\s+(.*)$/.exec(line.trim()));
  const values = (key: string) =>
    lines.flatMap((found) => (found?.[1] === key ? [found[2] ?? ""] : []));
  const linux = values("linux")[0] ?? "";
  return {
    id: name.replace(/\.conf$/, "").replace(/\+\d+(?:-\d+)?$/, ""),
    ...{ file, text, linux },
    version: values("version")[0] ?? versionIn(linux) ?? "",
    sortKey: values("sort-key")[0] ?? "",
    machineId: values("machine-id")[0] ?? "",
    // GRUB's have variables among them, which are empty where nobody sets them
    initrd: values("initrd")
      .flatMap((line) => line.split(/\s+/))
      .filter((word) => !word.startsWith("$")),
    options: values("options").join(" "),
  };
};

/** In the order of systemd-boot's menu: boot_entry_compare() in its boot.c. */
export const inMenuOrder = (entries: readonly LoaderEntry[]): LoaderEntry[] =>
  entries.toSorted(
    (one, other) =>
      Number(one.sortKey === "") - Number(other.sortKey === "") ||
      (one.sortKey === "" ? 0 : bySortKey(one, other)) ||
      compareVersions(other.id, one.id),
  );

const bySortKey = (one: LoaderEntry, other: LoaderEntry): number =>
  texts(one.sortKey, other.sortKey) ||
  texts(one.machineId, other.machineId) ||
  compareVersions(other.version, one.version);

const texts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** In the order of GRUB's menu: by the files' names, the newest first. */
export const inGrubOrder = (entries: readonly LoaderEntry[]): LoaderEntry[] =>
  entries.toSorted((one, other) => compareVersions(other.id, one.id));
