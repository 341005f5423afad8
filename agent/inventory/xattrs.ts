import { Buffer } from "node:buffer";
import { posix } from "node:path";
import { InventoryFailed } from "../../core/errors.ts";
import { capabilitiesText } from "../../core/inventory/capabilities.ts";
import { bytesOf, nameOf } from "../../core/inventory/names.ts";
import { valueText, type Xattrs } from "../../core/inventory/xattrs.ts";
import type { FileEntry } from "../../core/inventory.ts";
import { askGetfattr, type RawXattrs } from "./getfattr.ts";
import { isShortPath, placeOf } from "./place.ts";
import type { Tree } from "./tree.ts";

/** Twenty times what a machine image with SELinux's labels has. */
const mostXattrs = 1_000_000;

/** Folders that are open at once, because no path reaches them: half of what a process may have. */
const mostOpen = 256;

/**
 * Gives every entry the extended attributes that it has, if they were not known before; of several
 * paths of a file only the first, nameHardLinks tells the others. Those on a FAT have none: what a kernel says of them is its own.
 * Node has no system call for it, so getfattr(1) is asked. Throws InventoryFailed.
 */
export const readXattrs = async (
  { entries, inodes, attributed }: Pick<Tree, "entries" | "inodes" | "attributed">,
  root: string,
  isOnFat: (path: string) => boolean,
): Promise<void> => {
  const asked = firstPaths(entries, inodes).filter(
    (entry) => !attributed.has(entry) && !isOnFat(entry.path),
  );
  const tell = teller();
  const placeOfEntry = ({ path }: FileEntry) => `${root}${bytesOf(path).toString("latin1")}`;
  const reached = asked.filter((entry) => isShortPath(placeOfEntry(entry)));
  await askGetfattr({ things: reached, pathOf: placeOfEntry, tell });
  const deep = (reached.length === asked.length ? [] : asked)
    .filter((entry) => !isShortPath(placeOfEntry(entry)))
    .map((entry) => ({ entry, path: bytesOf(entry.path).toString("latin1") }));
  const byFolder = [...Map.groupBy(deep, ({ path }) => posix.dirname(path))];
  while (byFolder.length > 0) {
    using open = new DisposableStack();
    const places = byFolder.splice(-mostOpen).flatMap(([folder, some]) => {
      const place = open.use(placeOf(root, folder)).path;
      // as another process finds our descriptors
      const others = place.replace(/^\/proc\/self\//, `/proc/${process.pid}/`);
      return some.map(({ entry, path }) => ({ entry, path: `${others}/${posix.basename(path)}` }));
    });
    await askGetfattr({
      things: places,
      pathOf: ({ path }) => path,
      tell: ({ entry }, raw) => tell(entry, raw),
    });
  }
};

const firstPaths = (entries: readonly FileEntry[], inodes: Tree["inodes"]): FileEntry[] => {
  if (inodes.size === 0) return [...entries];
  const seen = new Set<string>();
  return entries.filter(({ path }) => {
    const inode = inodes.get(path);
    return inode === undefined || seen.size < seen.add(inode).size;
  });
};

/** Tells entries what they have. Equal attributes, labels mostly, are one object. */
const teller = () => {
  const known = new Map<string, Pick<FileEntry, "capabilities" | "xattrs">>();
  let count = 0;
  return (entry: FileEntry, raw: RawXattrs): void => {
    count += raw.length;
    if (count > mostXattrs) {
      throw new InventoryFailed(
        `the image's files have more than ${mostXattrs} extended attributes, so no inventory of ` +
          "it is taken; remove some in a step",
      );
    }
    const key = raw.flat().join("\0");
    let found = known.get(key);
    if (found === undefined) known.set(key, (found = decoded(raw)));
    Object.assign(entry, found);
  };
};

const decoded = (raw: RawXattrs): Pick<FileEntry, "capabilities" | "xattrs"> => {
  const values = raw.map(([name, hex]): [string, Buffer] => [name, Buffer.from(hex, "hex")]);
  const xattrs: Xattrs = Object.fromEntries(
    values
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => [nameOf(name), valueText(value)]),
  );
  const rights = values.find(([name]) => name === "security.capability")?.[1];
  const capabilities = rights && capabilitiesText(rights);
  return { ...(capabilities !== undefined && { capabilities }), xattrs };
};
