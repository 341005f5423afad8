import type { SomeFiles } from "../../files-inside.ts";
import { addSettings, type UnitSettings } from "./unit-file.ts";

export interface Unit {
  name: string;
  /** Of its file; for an instance that of its template. */
  path: string;
  /** Whether it cannot be started: its file is empty, or leads to /dev/null. */
  masked: boolean;
  settings: UnitSettings;
  /** Paths of the drop-ins that it has, in their order. */
  dropIns: string[];
}

/** The units that systemd would load from an image's files. */
export interface Units {
  /** Names of all that have a file of their own; aliases and instances have none. */
  names: string[];
  /** A unit by its name or an alias; an instance is made from its template. */
  load(name: string): Unit | undefined;
  /** Names in the folders `name.wants`, `name.requires` and `name.upholds`. */
  wantedBy(unit: Unit): string[];
}

/**
 * Where systemd looks at boot, before generators and /run; what comes first hides what comes
 * later: systemd.unit(5).
 */
const folders = [
  ...["/etc/systemd/system.control", "/etc/systemd/system", "/etc/systemd/system.attached"],
  ...["/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"],
];

/** Whether a name is taken by a unit, an alias, or a mask. */
export const isTaken = (files: SomeFiles, name: string): boolean =>
  folders.some((folder) => files.findLink(`${folder}/${name}`) !== undefined);

const unitName =
  /^[A-Za-z0-9:_.\\@-]{1,240}\.(?:service|timer|socket|path|target|mount|swap|slice|automount|device|scope)$/;

export const unitsIn = (files: SomeFiles): Units => {
  const places = existing(files);
  const byName = new Map<string, string>();
  const inFolders = new Map<string, string[]>();
  for (const { folder, name } of places) {
    const path = `${folder}/${name}`;
    if (unitName.test(name)) byName.set(name, byName.get(name) ?? path);
    else inFolders.set(name, [...(inFolders.get(name) ?? []), path]);
  }
  const loaded = new Map<string, Unit | undefined>();
  const load = (wanted: string): Unit | undefined => {
    if (!unitName.test(wanted)) return undefined;
    const [name, path] = chosen(files, byName, wanted);
    if (!loaded.has(name)) {
      loaded.set(name, path === undefined ? undefined : read(files, inFolders, name, path));
    }
    return loaded.get(name);
  };
  return {
    names: [...byName.keys()].filter((name) => chosen(files, byName, name)[0] === name).toSorted(),
    load,
    wantedBy: ({ name }) =>
      ["wants", "requires", "upholds"].flatMap((how) =>
        namesOf(name)
          .flatMap((one) => inFolders.get(`${one}.${how}`) ?? [])
          .flatMap((folder) => files.names(folder)),
      ),
  };
};

/** Several of the folders may be one, by links. */
const existing = (files: SomeFiles): { folder: string; name: string }[] => {
  const seen = new Set<string>();
  return folders.flatMap((folder) => {
    const there = files.find(folder);
    if (there === undefined || seen.has(there.path)) return [];
    seen.add(there.path);
    return files.names(folder).map((name) => ({ folder, name }));
  });
};

const template = (name: string): string | undefined => {
  const [, before, after] = /^([^@]+@)[^.].*(\.[a-z]+)$/.exec(name) ?? [];
  return before === undefined ? undefined : `${before}${after}`;
};

/** A name and, for an instance, its template's. */
const namesOf = (name: string): string[] => [name, template(name) ?? []].flat();

/** The name that an alias stands for, and the file; a link to a unit of another name is an alias. */
const chosen = (
  files: SomeFiles,
  byName: ReadonlyMap<string, string>,
  wanted: string,
): [name: string, path: string | undefined] => {
  let name = wanted;
  for (let links = 0; links < mostAliases; links++) {
    const [own] = namesOf(name).flatMap((one) => byName.get(one) ?? []);
    const link = own === undefined ? undefined : files.findLink(own);
    const target = link?.type === "link" ? link.target.split("/").at(-1) : undefined;
    if (target === undefined || !unitName.test(target) || namesOf(name).includes(target)) {
      return [name, own];
    }
    name = target.includes("@.") ? instance(target, name) : target;
  }
  return [name, undefined];
};

const mostAliases = 10;

/** `getty@.service` as `getty@tty1.service`, when `autovt@tty1.service` leads to it. */
const instance = (target: string, name: string): string => {
  const [, of = ""] = /@(.*)\.[a-z]+$/.exec(name) ?? [];
  return target.replace("@.", () => `@${of}.`);
};

const read = (
  files: SomeFiles,
  inFolders: ReadonlyMap<string, readonly string[]>,
  name: string,
  path: string,
): Unit => {
  const settings: UnitSettings = new Map();
  const found = files.find(path);
  const text = files.text(path) ?? "";
  const link = files.findLink(path);
  const isNull = link?.type === "link" && /^\/+dev\/+null$/.test(link.target);
  const masked = isNull || found?.type !== "file" || found.size === 0;
  addSettings(settings, text);
  const added = dropIns(files, inFolders, name);
  for (const dropIn of added) addSettings(settings, files.text(dropIn) ?? "");
  return { name, path, masked, settings, dropIns: added };
};

/** In the order of their names, whatever their folders; of those with one name the first folder's. */
const dropIns = (
  files: SomeFiles,
  inFolders: ReadonlyMap<string, readonly string[]>,
  name: string,
): string[] => {
  const byName = new Map<string, string>();
  for (const folder of dropInNames(name).flatMap((one) => inFolders.get(`${one}.d`) ?? [])) {
    for (const file of files.names(folder)) {
      if (file.endsWith(".conf") && !byName.has(file)) byName.set(file, `${folder}/${file}`);
    }
  }
  const sorted = [...byName].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return sorted.map(([, path]) => path);
};

/** `a-b.service` has those of `a-.service` and of `service`, too. */
const dropInNames = (name: string): string[] => {
  const dot = name.lastIndexOf(".");
  const [stem, type] = [name.slice(0, dot), name.slice(dot + 1)];
  const prefixes = [...stem.matchAll(/-/g)].map(
    ({ index }) => `${stem.slice(0, index + 1)}.${type}`,
  );
  return [...namesOf(name), ...prefixes.toReversed().slice(0, mostAliases), type];
};
