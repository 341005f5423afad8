import { lstat, readdir } from "node:fs/promises";
import { inside } from "../inside.ts";
import { type FstabEntry, parseFstab } from "./fstab.ts";
import { readSmall } from "./read-small.ts";

/** Folders that a partition is mounted on without an fstab saying so. */
export const automatic = ["/boot", "/efi", "/home", "/srv"] as const;
export type Automatic = (typeof automatic)[number];

/** What was seen in a file system, or in one of its subvolumes. */
export interface Sight {
  /** Path of a btrfs subvolume from the top of its file system; absent for the others. */
  subvolume?: string;
  /** Whether it is the subvolume that is mounted when none is named. */
  preset?: boolean;
  /** Whether an operating system lives here. */
  system: boolean;
  entries: readonly FstabEntry[];
  /** Lines of the fstab that are none. */
  strange: readonly string[];
  folders: Record<Automatic, "missing" | "empty" | "used">;
}

/** Looks at what is mounted on a folder. Throws UnsupportedDisk, UnusablePath. */
export const look = async (root: string): Promise<Sight> => {
  const system = await looksLikeSystem(root);
  const text = system ? await readSmall(root, "/etc/fstab") : undefined;
  const folders = await Promise.all(automatic.map((path) => folderState(root, path)));
  const [boot = "used", efi = "used", home = "used", srv = "used"] = folders;
  return {
    system,
    ...parseFstab(text ?? ""),
    folders: { "/boot": boot, "/efi": efi, "/home": home, "/srv": srv },
  };
};

/** A home or data volume may hold an `etc`, but not together with the folders of programs. */
const looksLikeSystem = async (root: string): Promise<boolean> => {
  const has = async (path: string) => {
    const there = await inside(root, path).catch(() => undefined);
    return there !== undefined && (await lstat(there).catch(() => undefined)) !== undefined;
  };
  if (!(await has("/usr")) && !(await has("/bin"))) return false;
  return (
    (await has("/etc/os-release")) ||
    (await has("/usr/lib/os-release")) ||
    (await has("/etc/fstab"))
  );
};

const folderState = async (root: string, path: string): Promise<"missing" | "empty" | "used"> => {
  const names = await inside(root, path)
    .then((folder) => readdir(folder))
    .catch((error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? undefined : ["?"]));
  if (names === undefined) return "missing";
  return names.length === 0 ? "empty" : "used";
};
