import { type AccessEntry, accessEntries } from "../../inventory/access-list.ts";
import { shownName } from "../../inventory/names.ts";
import { valueBytes } from "../../inventory/xattrs.ts";
import type { FileEntry } from "../../inventory.ts";
import { fits } from "../../pattern.ts";
import { unknown } from "../facts.ts";
import type { Looks } from "../looks.ts";
import type { Item } from "../verdict.ts";

const bits = ({ mode }: FileEntry): number => Number.parseInt(mode, 8);
const sticky = 0o1000;
const others = 0o0002;

/** Links have no mode of their own; devices in /dev are for everybody, and not on a booted disk. */
const isOpen = (file: FileEntry): boolean => {
  if (file.type === "link" || (bits(file) & others) === 0) return false;
  if (file.type === "folder") return (bits(file) & sticky) === 0;
  return file.type !== "character-device" || !file.path.startsWith("/dev/");
};

/** Where accounts and services keep what is theirs, and share it by access lists as they like. */
const data = ["/home/*", "/srv/*", "/opt/*", "/var/*", "/mnt/*", "/media/*", "/tmp/*"];

/** What root runs, and believes. */
const believed = ["/var/spool/cron*", "/var/lib/dpkg*", "/var/lib/rpm*", "/var/lib/apt*"];

const isOfSystem = ({ path, type, package: owner }: FileEntry): boolean =>
  !fits(path, data) || fits(path, believed) || (type === "file" && owner !== undefined);

/** A user, a group or everybody, as people say; undefined for whom a mode tells already, and root. */
const stranger = (entry: AccessEntry, { uid }: FileEntry): string | undefined => {
  if (!entry.write) return undefined;
  if (entry.who === "others") return "everybody";
  if (entry.id === 0 || (entry.who === "user" && entry.id === uid)) return undefined;
  return `the ${entry.who} ${entry.id}`;
};

/** Names of whom an access list lets write; more of them tell nobody more. */
const mostNamed = 3;

const namedIn = (entries: readonly AccessEntry[], file: FileEntry): string => {
  const named = entries.flatMap((entry) => stranger(entry, file) ?? []);
  const more = named.length > mostNamed ? ` and ${named.length - mostNamed} more` : "";
  return `${named.slice(0, mostNamed).join(", ")}${more}`;
};

interface AccessList {
  attribute: string;
  /** What those can write to whom it names. */
  what: string;
  /** Of which files it matters. */
  isLookedAt(file: FileEntry): boolean;
  /** Which of its entries do. */
  counts(entry: AccessEntry, file: FileEntry): boolean;
}

const lists: readonly AccessList[] = [
  {
    attribute: "system.posix_acl_access",
    what: "it",
    isLookedAt: isOfSystem,
    // of all others it says what the mode says
    counts: ({ who }) => who !== "others",
  },
  {
    attribute: "system.posix_acl_default",
    what: "what is made in it",
    isLookedAt: () => true,
    counts: ({ who }, file) => who === "others" || isOfSystem(file),
  },
];

/** What an access list says against a file; undefined when that is nothing. */
const saidByList = (file: FileEntry, list: AccessList): string | undefined => {
  const kept = file.xattrs?.[list.attribute];
  if (kept === undefined || !list.isLookedAt(file)) return undefined;
  const value = valueBytes(kept);
  const entries = value && accessEntries(value);
  if (entries === undefined) return `nobody can judge its ${list.attribute}, too long or no list`;
  const named = namedIn(
    entries.filter((entry) => list.counts(entry, file)),
    file,
  );
  return named === "" ? undefined : `${named} can write to ${list.what}, by ${list.attribute}`;
};

const against = (file: FileEntry): Item[] => {
  const said = lists.flatMap((list) => saidByList(file, list) ?? []);
  const all = isOpen(file) ? ["everybody can write to it", ...said] : said;
  return all.length === 0
    ? []
    : [{ of: file.path, says: `${shownName(file.path)} (${file.mode}): ${all.join("; ")}` }];
};

export const writableLooks: Looks<"world_writable"> = {
  world_writable: ({ allowed }, { inventory: { digest, files } }) => {
    const found = files.flatMap(against).filter(({ of }) => !fits(of, allowed));
    if (digest === undefined && found.length === 0) {
      return unknown(
        "access lists of files were not looked for",
        "bake the image again, so that they are",
      );
    }
    return {
      against: found,
      looked: "there is none but folders with the sticky bit",
      remedy:
        "take the right from others: chmod o-w; or from whom an access list names: setfacl -b",
    };
  },
};
