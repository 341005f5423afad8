import { lstat, readFile, realpath, statfs } from "node:fs/promises";
import { Buffer } from "node:buffer";

/** What is mounted in an image's root. */
export interface ImageMounts {
  /** Paths in the image, `latin1`, on which something is mounted that is not the image's own. */
  foreign: string[];
  /**
   * The image's own file systems: where each is mounted, `latin1` from the image's root, and its
   * number, as stat(2) has it. Without FATs, which keep no time of change.
   */
  places: { path: string; device: number }[];
  /** Bytes in use in all file systems that are the image's own. */
  used: number;
}

interface Mount {
  device: string;
  /** What of its file system is mounted. */
  folder: string;
  /** Where, on the host. */
  path: string;
  type: string;
}

/**
 * Tells the image's own file systems, /boot and the like, from what only lives in memory (proc,
 * tmpfs, overlay: those that the kernel calls `nodev`) and from folders of the host bound into it.
 * `copies` are `latin1` paths in the image on which its own files are, even if in memory.
 */
export const mountsIn = async (
  root: string,
  copies: readonly string[] = [],
): Promise<ImageMounts> => {
  const top = Buffer.from(await realpath(root)).toString("latin1");
  const mounts = parseMounts(await readFile("/proc/self/mountinfo", "latin1"));
  const memory = memoryTypes(await readFile("/proc/filesystems", "latin1"));
  const below = mounts.filter(({ path }) => path.startsWith(`${top}/`));
  const isForeign = ({ type, folder, path }: Mount) =>
    !copies.includes(path.slice(top.length)) &&
    (memory.has(type) || (folder !== "/" && type !== "btrfs")); // a subvolume is mounted like a bind
  const foreign = below.filter(isForeign).map(({ path }) => path.slice(top.length));
  const self = mounts.findLast(({ path }) => path === top);
  // of a file system that is mounted twice only one is counted
  const own = below.filter((mount) => !isForeign(mount) && mount.device !== self?.device);
  const counted = new Map(own.map(({ device, path }) => [device, path]));
  const used = await Promise.all([top, ...counted.values()].map(usedIn));
  const timed = below.filter((mount) => !isForeign(mount) && mount.type !== "vfat");
  const tops = [top, ...timed.map(({ path }) => path)];
  const places = await Promise.all(
    tops.map(async (path) => ({ path: path.slice(top.length), device: await deviceOf(path) })),
  );
  return { foreign, places, used: used.reduce((sum, bytes) => sum + bytes, 0) };
};

const deviceOf = async (path: string): Promise<number> =>
  (await lstat(Buffer.from(path, "latin1"))).dev;

const usedIn = async (path: string): Promise<number> => {
  const { blocks, bfree, bsize } = await statfs(Buffer.from(path, "latin1"));
  return (blocks - bfree) * bsize;
};

/** /proc/self/mountinfo, as proc_pid_mountinfo(5) has it: optional fields end with a dash. */
export const parseMounts = (text: string): Mount[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [before = "", after = ""] = line.split(" - ");
      const [, , device = "", folder = "", path = ""] = before.split(" ");
      const [type = ""] = after.split(" ");
      return { device, folder: unescaped(folder), path: unescaped(path), type };
    });

/** Spaces, tabs, line ends and backslashes are written in octal. */
const unescaped = (field: string): string =>
  field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));

const memoryTypes = (text: string): ReadonlySet<string> =>
  new Set(text.split("\n").flatMap((line) => (line.startsWith("nodev\t") ? [line.slice(6)] : [])));
