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
  for (const { account, folder } of await accountsOf(root)) {
    const path = await inside(root, folder).catch(() => undefined);
    const there = path && (await lstat(path).catch(() => undefined));
    if (path && there && there.isDirectory()) {
      found.push({ account, folder: `/${relative(root, path)}` });
    }
  }
  return found;
};
