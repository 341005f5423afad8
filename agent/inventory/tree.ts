import { lstatSync } from "node:fs";
import { InventoryFailed } from "../../core/errors.ts";
import type { FileEntry } from "../../core/inventory.ts";
import { entryOf } from "./folder.ts";
import type { KnownFiles } from "./known.ts";
import { systemPath } from "./place.ts";
import type { Sighting } from "./secret/sighting.ts";
import type { Asked } from "./shipped.ts";
import type { Threads } from "./threads.ts";
import { walkHere, walkOn } from "./walk.ts";
import type { FolderPart, ImageRoot, SeenFile } from "./work.ts";

/** Everything that has a path in an image; the content of large files is still to be read. */
export interface Tree {
  /** By path. */
  entries: FileEntry[];
  large: FolderPart["large"];
  /** What looks like secrets, by path. */
  sightings: Map<string, Sighting[]>;
  /** Which inode a path is of, for those that have several paths. */
  inodes: Map<string, string>;
  /** What package databases asked for beside SHA-256, by path. */
  asked: Map<string, string>;
  /** Of how many files the content was known before. */
  known: number;
  /** Those whose extended attributes were. */
  attributed: Set<FileEntry>;
  /** By what files are known again, where that is asked for; not all of very many. */
  seen: SeenFile[];
}

/**
 * Five times what a machine image has. An entry takes about 300 bytes of memory and twice that
 * while it is written, beside its path.
 */
const mostEntries = 1_000_000;

/** Characters of all paths and links' targets: a folder in a folder, ten thousand deep, has 10⁸. */
const mostText = 128 * 1024 ** 2;

const maps = () => ({
  ...{ sightings: new Map(), inodes: new Map(), asked: new Map() },
  attributed: new Set<FileEntry>(),
});

/** What is known of an image before its folders are read. */
export interface KnownBefore {
  known: KnownFiles;
  asked: Asked;
}

/** Finds everything in an image, folder by folder. Throws InventoryFailed. */
export const readTree = async (
  threads: Threads,
  image: ImageRoot,
  before: KnownBefore,
): Promise<Tree> => {
  const tree: Tree = { ...{ entries: [], large: [], known: 0, seen: [] }, ...maps() };
  const top = entryOf("/", lstatSync(systemPath(`${image.root}/.`)), image.root);
  tree.entries.push(top);
  let text = 0;
  const take = (part: FolderPart) => {
    add(tree, part);
    text += part.entries.reduce((sum, entry) => sum + textOf(entry), 0);
    if (tree.entries.length > mostEntries) throw tooMuch(`more than ${mostEntries} files`);
    if (text > mostText) throw tooMuch(`paths of more than ${mostText} characters in all`);
  };
  // to tell threads what is known, and to be told again, takes longer than to look
  if (before.known.size > 0) await walkHere(image, before, take);
  else await walkOn(threads, { image, before, take });
  tree.entries.sort((one, other) => (one.path < other.path ? -1 : 1));
  return tree;
};

/** Files with something like a secret: ten times what a machine for developers has. */
const mostSightings = 20_000;

/** Keeps what looks like secrets in a file. Throws InventoryFailed when too many files have some. */
export const addSightings = ({ sightings }: Tree, path: string, some: Sighting[]): void => {
  sightings.set(path, some);
  if (sightings.size > mostSightings) {
    throw tooMuch(`more than ${mostSightings} files with secrets in them`);
  }
};

/** Three times what an image has; each takes about 250 bytes. */
const mostSeen = 300_000;

const add = (tree: Tree, part: FolderPart): void => {
  const { entries, large, sightings, inodes, asked, known, attributed, seen } = part;
  tree.known += known;
  for (const [path, digest] of asked) tree.asked.set(path, digest);
  for (const entry of entries) tree.entries.push(entry);
  for (const index of attributed) tree.attributed.add(entries[index] as FileEntry);
  for (const one of large) tree.large.push(one);
  if (tree.seen.length < mostSeen) for (const one of seen) tree.seen.push(one);
  for (const [path, some] of sightings) addSightings(tree, path, some);
  for (const [path, inode] of inodes) tree.inodes.set(path, inode);
};

const textOf = (entry: FileEntry): number =>
  entry.path.length + (entry.type === "link" ? entry.target.length : 0);

const tooMuch = (what: string): InventoryFailed =>
  new InventoryFailed(
    `the image has ${what}, so no inventory of it is taken; remove some in a step`,
  );

/** Says of every path but the first of a file that it is the same file, and has what that has. */
export const nameHardLinks = ({ entries, inodes }: Tree): void => {
  if (inodes.size === 0) return;
  const firsts = new Map<string, FileEntry>();
  for (const entry of entries) {
    const inode = inodes.get(entry.path);
    if (inode === undefined) continue;
    const first = firsts.get(inode);
    if (first === undefined) firsts.set(inode, entry);
    else {
      entry.hardLinkOf = first.path;
      entry.capabilities = first.capabilities;
      entry.xattrs = first.xattrs;
      if (entry.type === "file" && first.type === "file") entry.sha256 = first.sha256;
    }
  }
};
