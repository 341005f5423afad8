import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { Buffer } from "node:buffer";
import type { FileEntry } from "../core/inventory.ts";
import { UnusablePath } from "../core/errors.ts";
import { bytesOf, nameOf } from "../core/inventory/names.ts";
import { entryOf } from "./inventory/folder.ts";
import { followed, type ImageFiles } from "./inventory/image-files.ts";
import { systemPath } from "./inventory/place.ts";
import { patternOf } from "./inventory/wildcards.ts";
import { mostBytes } from "./read-inside.ts";

/** Files of an image that can be asked for one by one. */
export type SomeFiles = Pick<ImageFiles, "find" | "findLink" | "names" | "text">;

/**
 * The files of the image that is mounted at `root`, each looked for when it is first asked for;
 * links are followed inside the image. Only sound while nobody changes the image. A text of more than a
 * mebibyte is none: `text` throws UnusablePath.
 */
export const filesInside = (root: string): SomeFiles => {
  const top = Buffer.from(root).toString("latin1");
  const placeOf = (path: string) => `${top}${bytesOf(path).toString("latin1")}`;
  const look = (path: string): FileEntry | undefined => {
    try {
      const stats = lstatSync(systemPath(placeOf(path)), { throwIfNoEntry: false });
      return stats && entryOf(path, stats, placeOf(path));
    } catch {
      return undefined; // a path that is too long, or a file system that is broken
    }
  };
  const seen = new Map<string, FileEntry | undefined>(); // folders are asked for over and over
  const at = (path: string): FileEntry | undefined => {
    if (!seen.has(path)) seen.set(path, look(path));
    return seen.get(path);
  };
  const find = (path: string) => followed(at, path, true);
  return {
    find,
    findLink: (path) => followed(at, path, false),
    names(folder) {
      const found = find(folder);
      if (found?.type !== "folder") return [];
      const names = readdirSync(systemPath(`${placeOf(found.path)}/.`), "latin1");
      return names.map(nameOf).toSorted();
    },
    text(path) {
      const found = find(path);
      if (found?.type !== "file") return undefined;
      const { size } = found;
      if (size > mostBytes) {
        throw new UnusablePath(`${path} of the image has ${size} bytes; a text is expected`);
      }
      return readFileSync(systemPath(placeOf(found.path)), "utf8");
    },
  };
};

/** What a pattern of glob(7) names; a path without one is named whether it is there or not. */
export const globbed = (
  files: Pick<SomeFiles, "names">,
  pattern: string,
  most: number,
): string[] => {
  let found = [""];
  for (const name of pattern.split("/").filter((one) => one !== "")) {
    const fits = /[*?[\\]/.test(name) ? patternOf(name) : undefined;
    const below = (folder: string) =>
      fits === undefined ? [name] : files.names(folder === "" ? "/" : folder).filter(fits);
    found = found
      .flatMap((folder) => below(folder).map((one) => `${folder}/${one}`))
      .slice(0, most);
  }
  return found;
};
