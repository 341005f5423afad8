import { setImmediate } from "node:timers/promises";
import { readFolder } from "./folder.ts";
import { InventoryFailed } from "../../core/errors.ts";
import { failure, type Threads } from "./threads.ts";
import type { KnownBefore } from "./tree.ts";
import type { Folder, FolderPart, ImageRoot, Report, Work } from "./work.ts";

/* Two ways to all folders of an image, each of which hands on the parts of a folder. */

type Take = (part: FolderPart) => void;

/** So many folders are given to a thread at once that the others have some left. */
const mostFolders = 32;

/** Reads folders and their small files on all threads. Throws InventoryFailed. */
export const walkOn = (
  threads: Threads,
  { image, before, take }: { image: ImageRoot; before: KnownBefore; take: Take },
): Promise<void> => {
  const folders = [""];
  const next = (): Work | undefined => {
    if (folders.length === 0) return undefined;
    const share = Math.ceil(folders.length / (2 * threads.count));
    const some = folders.splice(-Math.min(share, mostFolders));
    return { kind: "folders", image, folders: some.map((path) => folderAt(path, before)) };
  };
  const onReport = (report: Report) => {
    if (report.kind !== "folder-part") return;
    folders.push(...report.folders);
    take(report);
  };
  return threads.drain({ next, onReport });
};

/** Milliseconds for which nothing else has its turn. */
const turn = 50;

/** Looks at folders, and leaves it to others to read files that are not known. Throws InventoryFailed. */
export const walkHere = async (
  { root, foreign, isRemembered = false }: ImageRoot,
  before: KnownBefore,
  take: Take,
): Promise<void> => {
  const order = { foreign: new Set(foreign), isRemembered, isRead: false };
  const folders = [""];
  let since = performance.now();
  for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
    try {
      for (const part of readFolder(root, folderAt(path, before), order)) {
        folders.push(...part.folders);
        take(part);
      }
    } catch (error) {
      throw error instanceof InventoryFailed ? error : failure(error as Error);
    }
    if (performance.now() - since < turn) continue;
    await setImmediate();
    since = performance.now();
  }
};

const folderAt = (path: string, { known, asked }: KnownBefore): Folder => ({
  ...{ path, known: known.get(path) ?? [], asked: asked.get(path) ?? [] },
});
