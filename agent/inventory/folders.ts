import { readlinkSync } from "node:fs";
import { posix } from "node:path";
import { systemPath } from "./place.ts";

/** Resolves the folders of an image's paths; `latin1` on both sides. */
export type Resolve = (path: string) => string;

/**
 * Follows the links among the folders that a path leads through, within the image, and not the
 * path's own last name: where `/lib` is a link, `/lib/x` is `/usr/lib/x`. Each folder is looked at
 * once. What does not exist, or leads back to itself, is kept as named. Only sound while nothing
 * of the image runs.
 */
export const resolverIn = (root: string): Resolve => {
  const known = new Map([["", ""]]);
  const folder = (path: string): string => {
    const have = known.get(path);
    if (have !== undefined) return have;
    known.set(path, path); // what leads back to here ends here
    const slash = path.lastIndexOf("/");
    const [parent, name] = [folder(path.slice(0, slash)), path.slice(slash + 1)];
    const found = step(parent, name);
    known.set(path, found);
    return found;
  };
  const step = (parent: string, name: string): string => {
    const at = `${parent}/${name}`;
    const target = linkTarget(`${root}${at}`);
    if (target === undefined) return at;
    const absolute = posix.resolve(parent === "" ? "/" : parent, target);
    return absolute === "/" ? "" : folder(absolute);
  };
  return (path) => {
    const clean = posix.resolve("/", path);
    const slash = clean.lastIndexOf("/");
    return `${folder(clean.slice(0, slash))}/${clean.slice(slash + 1)}`;
  };
};

const linkTarget = (path: string): string | undefined => {
  try {
    return readlinkSync(systemPath(path), "latin1");
  } catch {
    return undefined; // no link, or nothing at all
  }
};
