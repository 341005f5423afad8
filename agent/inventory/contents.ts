import type { Inventory } from "../../core/inventory.ts";
import type { FileContent } from "./content.ts";
import { readContent } from "./read-content.ts";
import { failure, type Threads } from "./threads.ts";
import { addSightings, type Tree } from "./tree.ts";
import type { Content, ImageRoot, Report, Work } from "./work.ts";

type Large = Tree["large"][number];

/**
 * Bytes that are read, by what is in use on the disk. Files can claim more than that by holes,
 * shared extents and compression: a sparse file of terabytes would be hashed for hours.
 */
const readable = (used: number): number => 4 * used + 4 * 1024 ** 3;

/** Bytes given to a thread at once, in files smaller than that. */
const share = 8 * 1024 ** 2;

/** Bytes that are read faster than a thread is started: of a child's files most are known. */
const little = 8 * 1024 ** 2;

/** Reads the content of an image's large files; answers which of them it did not read. */
export const readContents = async (
  threads: Threads,
  image: ImageRoot,
  { tree, used }: { tree: Tree; used: number },
): Promise<Inventory["unread"]> => {
  const { chosen, unread } = choose(firstNames(tree), readable(used));
  const entries = new Map(chosen.map(({ path, entry }) => [path, entry]));
  // the largest first, so that no thread begins one when the others are done
  const next = (): Work | undefined => {
    const files: Content[] = [];
    for (let bytes = 0; bytes < share;) {
      const one = chosen.pop();
      if (one === undefined) break;
      files.push({ path: one.path, size: one.size, asked: one.asked });
      bytes += one.size;
    }
    return files.length === 0 ? undefined : { kind: "contents", image, files };
  };
  const take = (path: string, { sha256, asked, sightings }: FileContent) => {
    const entry = entries.get(path);
    if (entry === undefined) return;
    entry.sha256 = sha256;
    if (asked !== undefined) tree.asked.set(entry.path, asked);
    if (sightings !== undefined) addSightings(tree, entry.path, sightings);
  };
  const onReport = (report: Report) => {
    if (report.kind !== "contents-read") return;
    for (const [path, content] of report.contents) take(path, content);
  };
  const isLittle = chosen.reduce((bytes, { size }) => bytes + size, 0) <= little;
  if (isLittle) for (const one of chosen) take(...readHere(image, one));
  else await threads.drain({ next, onReport });
  return unread;
};

const readHere = ({ root }: ImageRoot, file: Content): [path: string, content: FileContent] => {
  try {
    return readContent(root, file);
  } catch (error) {
    throw error instanceof Error ? failure(error) : error;
  }
};

/** Of several names of a file only the first, with what is asked of any. */
const firstNames = ({ large, inodes }: Tree): Large[] => {
  const firsts = new Map<string, Large>();
  const byPath = large.toSorted((a, b) => (a.entry.path < b.entry.path ? -1 : 1));
  return byPath.filter((one) => {
    const inode = inodes.get(one.entry.path);
    const first = inode === undefined ? undefined : firsts.get(inode);
    if (first !== undefined) first.asked ??= one.asked;
    else if (inode !== undefined) firsts.set(inode, one);
    return first === undefined;
  });
};

/** As many as can be read, the smallest first: only what is too large itself is left out. */
const choose = (files: readonly Large[], limit: number) => {
  const bySize = files.toSorted((a, b) => a.size - b.size);
  let left = limit;
  const fitting = bySize.findIndex(({ size }) => (left -= size) < 0);
  const end = fitting === -1 ? bySize.length : fitting;
  const unread = bySize.slice(end).map(({ entry }) => ({
    path: entry.path,
    reason: `its ${entry.size} bytes are too many to read on a disk of which less is in use`,
  }));
  const byPath = unread.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  return { chosen: bySize.slice(0, end), unread: byPath };
};
