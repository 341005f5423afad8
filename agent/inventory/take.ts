import { realpath } from "node:fs/promises";
import { Buffer } from "node:buffer";
import type { FileEntry, Inventory } from "../../core/inventory.ts";
import { shownName } from "../../core/inventory/names.ts";
import { readContents } from "./contents.ts";
import { readDistribution } from "./distribution.ts";
import type { KnownFiles } from "./known.ts";
import { mountsIn } from "./mounts.ts";
import { findSections, readExpected } from "./expected.ts";
import { openThreads } from "./threads.ts";
import { nameHardLinks, readTree } from "./tree.ts";

export interface InventoryOrder {
  /** The folder on which the image is mounted; nothing of the image may run. */
  root: string;
  /** What was read of it while steps ran; the rest is read now. */
  known?: KnownFiles;
  say(line: string): void;
}

/**
 * Takes the inventory of a mounted image: reads every file, follows none of the image's links out
 * of it, runs nothing of it. Throws InventoryFailed.
 */
export const takeInventory = async ({
  root,
  known = new Map(),
  say,
}: InventoryOrder): Promise<Inventory> => {
  const { foreign, used } = await mountsIn(root);
  const top = Buffer.from(await realpath(root)).toString("latin1");
  await using threads = openThreads({ root: top, foreign });
  const distribution = await readDistribution(root);
  const expected = await readExpected(root, foreign, distribution); // in the time that the threads take to start
  const tree = await readTree(threads, top, { known, asked: expected.asked });
  const unread = await readContents(threads, tree, used);
  nameHardLinks(tree);
  const bytes = tree.entries.reduce((sum, entry) => sum + bytesIn(entry), 0);
  const size = { files: tree.entries.length, bytes, used };
  const system = { ...(distribution !== undefined && { distribution }) };
  const sections = await findSections(expected, tree);
  const inventory: Inventory = {
    ...{ format: 1, size, ...system, ...sections },
    ...{ unread, files: tree.entries },
  };
  summary(inventory).forEach(say);
  if (tree.known > 0) say(`${tree.known} files were read while the steps ran`);
  return inventory;
};

const bytesIn = (entry: FileEntry): number =>
  entry.type === "file" && entry.hardLinkOf === undefined ? entry.size : 0;

const summary = ({ size, packages, databases, problems, unread }: Inventory): string[] => [
  `${packages.length} packages, ${size.files} files with ${Math.ceil(size.bytes / 1e6)} MB`,
  ...databases.flatMap(({ path, problem }) =>
    problem === undefined ? [] : [`the package database ${path} could not be read: ${problem}`],
  ),
  ...(problems ?? []).map(
    ({ section, path, reason }) => `${shownName(path)} is not in ${section}: ${reason}`,
  ),
  ...unread.map(({ path, reason }) => `${shownName(path)} was not read: ${reason}`),
];
