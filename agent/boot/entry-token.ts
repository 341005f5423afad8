import { hasProgram } from "../has-program.ts";
import { readInside } from "../read-inside.ts";
import { entriesIn, inMenuOrder } from "./entries.ts";
import { entryFolders } from "./places.ts";

/**
 * What the names of the image's boot entries begin with, where kernel-install would take another
 * for the next: the machine-id of a parent that has since forgotten it. Then entries of removed
 * kernels would stay, and those of new ones sort before or after them by chance. Undefined where
 * nothing has to be done. Throws UnusablePath.
 */
export const entryToken = async (root: string): Promise<string | undefined> => {
  if (!(await hasProgram(root, "kernel-install"))) return undefined;
  if ((await readInside(root, "/etc/kernel/entry-token")) !== undefined) return undefined;
  for (const folder of entryFolders) {
    for (const { id, version } of inMenuOrder(await entriesIn(root, folder))) {
      const token =
        version !== "" && id.endsWith(`-${version}`) ? id.slice(0, -version.length - 1) : "";
      if (/^[\w.-]+$/.test(token)) return token;
    }
  }
  return undefined;
};
