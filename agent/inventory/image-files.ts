import { closeSync, openSync, readSync } from "node:fs";
import { posix } from "node:path";
import { Buffer } from "node:buffer";
import type { FileEntry, RegularFile } from "../../core/inventory.ts";
import type { FoundProblem } from "../../core/inventory/found/problem.ts";
import { bytesOf } from "../../core/inventory/names.ts";
import { fileFlags } from "./content.ts";
import { read } from "./folder.ts";
import { placeOf, systemPath } from "./place.ts";

/**
 * An image's files, asked for by path. Links are followed in the list of them, so that none leads
 * out of the image; only sound while nothing of the image runs.
 */
export interface ImageFiles {
  /** By path. */
  entries: readonly FileEntry[];
  /** What is at a path, all links followed; undefined when nothing is. */
  find(path: string): FileEntry | undefined;
  /** What is at a path itself: a link stays one. Folders before it may be links. */
  findLink(path: string): FileEntry | undefined;
  /** Names in a folder, sorted; none when it is no folder. */
  names(folder: string): string[];
  /** A file's text, at most `largestText` bytes of it; undefined when no file is there. */
  text(path: string): string | undefined;
  /** A part of a file's content; shorter where the file ends. Throws where it cannot be read. */
  bytes(file: RegularFile, from: number, length: number): Buffer;
  /** Opens a file for reading; who asked closes it. */
  open(file: RegularFile): number;
  /** Files of which not all was looked at. */
  cut: Set<string>;
}

/** Bytes of a text that are looked at; people write none that is longer. */
export const largestText = 4 * 1024 ** 2;

/** As many as the kernel follows before it says ELOOP. */
const mostLinks = 40;

/** The files of the image that is mounted at `root`, a `latin1` path, sorted by path. */
export const imageFiles = (root: string, entries: readonly FileEntry[]): ImageFiles => {
  const cut = new Set<string>();
  const at = (path: string): FileEntry | undefined => {
    const entry = entries[indexOf(entries, path)];
    return entry?.path === path ? entry : undefined;
  };
  const find = (path: string) => followed(at, path, true);
  const open = ({ path }: RegularFile) => openAt(root, bytesOf(path).toString("latin1"));
  const bytes: ImageFiles["bytes"] = (file, from, length) => {
    const descriptor = open(file);
    try {
      return read(bytesOf(file.path).toString("latin1"), () => readPart(descriptor, from, length));
    } finally {
      closeSync(descriptor);
    }
  };
  return {
    ...{ entries, find, bytes, open, cut },
    findLink: (path) => followed(at, path, false),
    names(folder) {
      const found = find(folder);
      return found?.type === "folder" ? namesBelow(entries, found.path) : [];
    },
    text(path) {
      const file = find(path);
      if (file?.type !== "file") return undefined;
      if (file.size > largestText) cut.add(file.path);
      return bytes(file, 0, Math.min(file.size, largestText)).toString("utf8");
    },
  };
};

/** What sections were not looked at whole, by their names. */
export const cutProblems = (sections: Record<string, Pick<ImageFiles, "cut">>): FoundProblem[] =>
  Object.entries(sections).flatMap(([section, { cut }]) =>
    [...cut].map((path) => ({ section, path, reason: "it is too large to look at all of it" })),
  );

/** Where in a sorted list a path is, or would be. */
const indexOf = (entries: readonly FileEntry[], path: string): number => {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.path ?? "") < path) low = middle + 1;
    else high = middle;
  }
  return low;
};

const namesBelow = (entries: readonly FileEntry[], folder: string): string[] => {
  const prefix = folder === "/" ? "/" : `${folder}/`;
  const names: string[] = [];
  for (let index = indexOf(entries, prefix); index < entries.length;) {
    const path = entries[index]?.path ?? "";
    if (!path.startsWith(prefix)) break;
    const [name = ""] = path.slice(prefix.length).split("/");
    if (name !== "") names.push(name);
    // what is in that folder is passed over: a slash is followed by a nought
    index = entries[index + 1]?.path.startsWith(`${prefix}${name}/`)
      ? indexOf(entries, `${prefix}${name}0`)
      : index + 1;
  }
  return [...new Set(names)];
};

/** What is at a path, links followed, of `last` the last one, too; `at` knows paths without links. */
export const followed = (
  at: (path: string) => FileEntry | undefined,
  path: string,
  last: boolean,
): FileEntry | undefined => {
  const names = path.split("/");
  let found = at("/");
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === "" || name === ".") continue;
    if (found?.type !== "folder") return undefined;
    const next = at(name === ".." ? posix.dirname(found.path) : posix.join(found.path, name));
    if (next?.type !== "link" || (!last && names.length === 0)) found = next;
    else {
      if (++links > mostLinks) return undefined;
      if (next.target.startsWith("/")) found = at("/");
      names.unshift(...next.target.split("/"));
    }
  }
  return found;
};

const openAt = (root: string, path: string): number => {
  using place = placeOf(root, path.slice(0, path.lastIndexOf("/")));
  return read(path, () => openSync(systemPath(`${place.path}/${posix.basename(path)}`), fileFlags));
};

const readPart = (descriptor: number, from: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  let have = 0;
  for (let got = 1; have < length && got > 0; have += got) {
    got = readSync(descriptor, bytes, have, length - have, from + have);
  }
  return bytes.subarray(0, have);
};
