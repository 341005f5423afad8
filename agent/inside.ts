import { lstat, mkdir, readlink } from "node:fs/promises";
import { join, posix } from "node:path";
import { UnusablePath } from "../core/errors.ts";

/** As many as the kernel follows before it says ELOOP. */
const mostLinks = 40;

/**
 * The host's path of an image's path, with every symbolic link followed as the image itself would
 * see it: `/etc/resolv.conf → /etc/shadow` leads to the image's shadow, and `..` never leads out.
 * What does not exist is kept as named. Only sound while nothing of the image runs.
 * Throws UnusablePath.
 */
export const inside = async (root: string, path: string): Promise<string> => {
  const resolved = await resolve(root, posix.resolve("/", path));
  return join(root, resolved);
};

/** As `inside`, but the last name itself is not followed: what is to be replaced or removed. */
export const insideParent = async (root: string, path: string): Promise<string> => {
  const absolute = posix.resolve("/", path);
  return join(await inside(root, posix.dirname(absolute)), posix.basename(absolute));
};

/** Makes a folder and those above it, inside the image, and answers its path on the host. */
export const folderInside = async (root: string, path: string): Promise<string> => {
  const folder = await inside(root, path);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new UnusablePath(`${path} cannot be a folder: something else is there`, { cause: error });
  }
  return folder;
};

/** Characters of a path: the kernel takes no more of one, PATH_MAX. */
const longest = 4095;

const resolve = async (root: string, path: string): Promise<string> => {
  if (path.length > longest)
    throw new UnusablePath(`${path.slice(0, 100)}… is too long for a path`);
  const names = path.split("/").filter((name) => name !== "");
  let links = 0;
  let at = "/";
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === "..") {
      at = posix.dirname(at);
      continue;
    }
    if (name === "." || name === "") continue;
    const target = await linkTarget(join(root, at, name));
    if (target === undefined) {
      at = posix.join(at, name);
      continue;
    }
    if (++links > mostLinks) throw new UnusablePath(`${path} leads through too many links`);
    if (target.startsWith("/")) at = "/";
    names.unshift(...target.split("/"));
  }
  return at;
};

const linkTarget = async (path: string): Promise<string | undefined> => {
  const there = await lstat(path).catch(() => undefined);
  return there?.isSymbolicLink() ? readlink(path) : undefined;
};
