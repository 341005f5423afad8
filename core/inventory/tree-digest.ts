import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { FileEntry } from "../inventory.ts";
import { bytesOf } from "./names.ts";
import { valueDigest, type Xattrs } from "./xattrs.ts";

/*
 * The format is described byte by byte in docs/integrity.md, so that others can compute it: what
 * changes here changes there, and the first line with it.
 */

const firstLine = "ovenbird-tree-1";

const letters: Record<FileEntry["type"], string> = {
  ...{ file: "f", folder: "d", link: "l", fifo: "p", socket: "s" },
  ...{ "block-device": "b", "character-device": "c" },
};

/** Entries in one call of the hash: each call costs more than a short text. */
const atOnce = 500;

/**
 * Digest of a file tree, `sha256:` and 64 hexadecimal digits: of every path its type, mode, owner,
 * size, content, target, device numbers, hard links and extended attributes, and not its times. Of
 * a file without a digest only the size is in it. The entries may come in any order.
 */
export const treeDigest = (files: readonly FileEntry[]): string => {
  const hash = createHash("sha256").update(`${firstLine}\0`);
  // a character a byte, so that the order of strings is that of bytes
  const sorted = files.map((entry) => ({ entry, path: rawName(entry.path) })).toSorted(byPath);
  const names = hardLinkNames(sorted);
  const digestsOf = xattrDigests();
  for (let at = 0; at < sorted.length; at += atOnce) {
    const records = sorted
      .slice(at, at + atOnce)
      .map((named) => recordOf(named, names.get(named.entry) ?? "", digestsOf));
    hash.update(records.join(""), "latin1");
  }
  return `sha256:${hash.digest("hex")}`;
};

interface Named {
  entry: FileEntry;
  path: string;
}

const byPath = (one: Named, other: Named): number => (one.path < other.path ? -1 : 1);

/** Of each file with several paths, for all but the first of them: which one is the first. */
const hardLinkNames = (sorted: readonly Named[]): Map<FileEntry, string> => {
  const groups = new Set(sorted.flatMap(({ entry: { hardLinkOf } }) => hardLinkOf ?? []));
  const firsts = new Map<string, string>();
  const names = new Map<FileEntry, string>();
  for (const { entry, path } of groups.size === 0 ? [] : sorted) {
    const group = entry.hardLinkOf ?? entry.path;
    if (!groups.has(group)) continue;
    const first = firsts.get(group);
    if (first === undefined) firsts.set(group, path);
    else names.set(entry, first);
  }
  return names;
};

const recordOf = (
  { entry, path }: Named,
  first: string,
  digestsOf: (xattrs: Xattrs) => string,
): string => {
  const { type, mode, uid, gid, xattrs } = entry;
  const more = xattrs === undefined ? "" : digestsOf(xattrs);
  return `${path}\0${letters[type]}\0${mode}\0${uid}\0${gid}\0${ownOf(entry)}${first}\0${more}\0`;
};

/** What only entries of that type have, in two fields. */
const ownOf = (entry: FileEntry): string => {
  if (entry.type === "file") return `${entry.size}\0${entry.sha256 ?? ""}\0`;
  if (entry.type === "link") return `${rawName(entry.target)}\0\0`;
  if ("major" in entry) return `${entry.major}\0${entry.minor}\0`;
  return "\0\0";
};

/** Half of an image's files may have the same label: each set of attributes is written once. */
const xattrDigests = (): ((xattrs: Xattrs) => string) => {
  const known = new Map<string, string>();
  return (xattrs) => {
    const key = JSON.stringify(xattrs);
    let text = known.get(key);
    if (text === undefined) known.set(key, (text = xattrText(xattrs)));
    return text;
  };
};

const xattrText = (xattrs: Xattrs): string =>
  Object.entries(xattrs)
    .map(([name, value]): [string, string] => [rawName(name), valueDigest(value)])
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, digest]) => `${name}\0${digest}\0`)
    .join("");

// oxlint-disable-next-line no-control-regex -- all of ASCII but NUL is meant
const plain = /^[\x01-\x7f]*$/;

/** A name's bytes, a character each. */
const rawName = (name: string): string =>
  plain.test(name) ? name : Buffer.from(bytesOf(name)).toString("latin1");
