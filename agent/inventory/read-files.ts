import { realpath } from "node:fs/promises";
import { Buffer } from "node:buffer";
import type { FileEntry } from "../../core/inventory.ts";
import { readContents } from "./contents.ts";
import { fatFolders } from "./fat-folders.ts";
import type { KnownFiles } from "./known.ts";
import { mountsIn } from "./mounts.ts";
import type { InventoryOrder } from "./take.ts";
import { nameHardLinks, readTree } from "./tree.ts";
import { readXattrs } from "./xattrs.ts";

/** The files of a mounted image, as its inventory lists them, without whose they are. Throws InventoryFailed. */
export const readFiles = async (
  order: Pick<InventoryOrder, "root" | "threads" | "fat"> & { known: KnownFiles },
): Promise<FileEntry[]> => {
  const { root, threads, known, fat = [] } = order;
  const onFat = await fatFolders(root, fat);
  const { foreign, used } = await mountsIn(root, onFat.folders);
  const top = Buffer.from(await realpath(root)).toString("latin1");
  const image = { root: top, foreign };
  const tree = await readTree(threads, image, { known, asked: new Map() });
  tree.entries.forEach(onFat.liken);
  await Promise.all([
    readContents(threads, image, { tree, used }),
    readXattrs(tree, top, onFat.has),
  ]);
  nameHardLinks(tree);
  return tree.entries;
};
