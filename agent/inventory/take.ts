import { realpath } from "node:fs/promises";
import { Buffer } from "node:buffer";
import type { FileEntry, Inventory } from "../../core/inventory.ts";
import type { PackageOrigins } from "../../core/inventory/found/package-list.ts";
import { shownName } from "../../core/inventory/names.ts";
import { treeDigest } from "../../core/inventory/tree-digest.ts";
import { findActivity } from "./activity.ts";
import { readContents } from "./contents.ts";
import { distributionProblems, readDistribution } from "./distribution.ts";
import { fatFolders } from "./fat-folders.ts";
import { cutProblems, imageFiles } from "./image-files.ts";
import type { KnownFiles } from "./known.ts";
import { findLanguagePackages } from "./language-packages.ts";
import { mountsIn } from "./mounts.ts";
import { ownersIn } from "./owners.ts";
import { findSections, readExpected } from "./expected.ts";
import { readAuthorizing } from "./secret/authorizing.ts";
import { findSecrets } from "./secrets.ts";
import { findTelemetry } from "./telemetry.ts";
import { openThreads } from "./threads.ts";
import { nameHardLinks, readTree } from "./tree.ts";
import { readXattrs } from "./xattrs.ts";

export interface InventoryOrder {
  /** The folder on which the image is mounted; nothing of the image may run. */
  root: string;
  /** What was read of it while steps ran; the rest is read now. */
  known?: KnownFiles;
  /** Where packages are from, noted while they were installed. */
  origins?: PackageOrigins;
  /** Paths in the image on which a FAT of its disk is mounted, or a copy of one. */
  fat?: readonly string[];
  say(line: string): void;
}

/**
 * Takes the inventory of a mounted image: reads every file, follows none of the image's links out
 * of it, runs nothing of it. Throws InventoryFailed.
 */
export const takeInventory = async ({
  root,
  known = new Map(),
  origins,
  fat = [],
  say,
}: InventoryOrder): Promise<Inventory> => {
  const onFat = await fatFolders(root, fat);
  const { foreign, used } = await mountsIn(root, onFat.folders);
  const top = Buffer.from(await realpath(root)).toString("latin1");
  await using threads = openThreads({ root: top, foreign });
  const distribution = await readDistribution(root);
  // in the time that the threads take to start
  const expected = await readExpected(root, { foreign, distribution, origins });
  const tree = await readTree(threads, top, { known, asked: expected.asked });
  tree.entries.forEach(onFat.liken);
  const [unread] = await Promise.all([
    readContents(threads, tree, used),
    readXattrs(tree, top, onFat.has),
  ]);
  nameHardLinks(tree);
  const bytes = tree.entries.reduce((sum, entry) => sum + bytesIn(entry), 0);
  const size = { files: tree.entries.length, bytes, used };
  const system = { ...(distribution !== undefined && { distribution }) };
  const found = await findSections(expected, tree);
  const files = () => imageFiles(top, tree.entries);
  const by = { activity: files(), telemetry: files(), secrets: files(), languagePackages: files() };
  const owners = ownersIn(tree.entries, found.owned);
  const authorizing = await readAuthorizing(root);
  const activity = findActivity(by.activity, owners);
  const sections = {
    activity,
    telemetry: findTelemetry(by.telemetry, activity),
    secrets: findSecrets({ files: by.secrets, seen: tree.sightings, owners, authorizing }),
    languagePackages: await findLanguagePackages(by.languagePackages, owners),
  };
  const doubts = [...authorizing.problems, ...(await distributionProblems(root))];
  const problems = [...doubts, ...(found.problems ?? []), ...cutProblems(by)];
  const digest = treeDigest(tree.entries);
  const inventory: Inventory = {
    ...{ format: 1, digest, size, ...system, ...found, ...sections, problems },
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
