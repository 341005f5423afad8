import { lstat } from "node:fs/promises";
import { relative } from "node:path";
import { inside } from "../inside.ts";
import { readInside } from "../read-inside.ts";

export interface Home {
  account: string;
  /** As the image sees it; of `homesOf`, without links. */
  folder: string;
}

/** The accounts of the image's own /etc/passwd, and root; as it names their homes. Throws UnusablePath. */
export const accountsOf = async (root: string): Promise<Home[]> => {
  const homes = new Map<string, Home>([["root:/root", { account: "root", folder: "/root" }]]);
  for (const line of ((await readInside(root, "/etc/passwd")) ?? "").split("\n")) {
    const [account = "", , , , , folder = ""] = line.split(":");
    if (folder.startsWith("/")) homes.set(`${account}:${folder}`, { account, folder });
  }
  return [...homes.values()];
};

/**
 * The home folders that are there of the accounts of the image's own /etc/passwd, and root's.
 * Throws UnusablePath.
 */
export const homesOf = async (root: string): Promise<Home[]> => {
  const found: Home[] = [];
  const known = new Map<string, string | undefined>(); // thousands of accounts may have one
  for (const { account, folder } of await accountsOf(root)) {
    if (!known.has(folder)) known.set(folder, await realHome(root, folder));
    const real = known.get(folder);
    if (real !== undefined) found.push({ account, folder: real });
  }
  return found;
};

/** As the image sees it, without links; undefined where there is none. */
const realHome = async (root: string, folder: string): Promise<string | undefined> => {
  const path = await inside(root, folder).catch(() => undefined);
  if (path === undefined) return undefined;
  const there = await lstat(path).catch(() => undefined);
  return there?.isDirectory() === true ? `/${relative(root, path)}` : undefined;
};
