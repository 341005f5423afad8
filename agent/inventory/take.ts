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
import { remember } from "./remembered.ts";
import { findSections, readExpected } from "./expected.ts";
import { readAuthorizing } from "./secret/authorizing.ts";
import { findSecrets } from "./secrets.ts";
import { findTelemetry } from "./telemetry.ts";
import type { Threads } from "./threads.ts";
import { nameHardLinks, readTree } from "./tree.ts";
import { readXattrs } from "./xattrs.ts";

export interface InventoryOrder {
  /** The folder on which the image is mounted; nothing of the image may run. */
  root: string;
  threads: Threads;
  /** Asked when it is needed what was read of it before; the rest is read now. */
  known?: () => Promise<KnownFiles>;
  /** Where packages are from, noted while they were installed. */
  origins?: PackageOrigins;
  /** Paths in the image on which a FAT of its disk is mounted, or a copy of one. */
  fat?: readonly string[];
  /** When what is in memory is on the disk: only then is it known how much of that is in use. */
  settled?: Promise<void>;
  /** A new file to remember the files by: see remembered.ts. */
  remembered?: string;
  say(line: string): void;
}

/**
 * Takes the inventory of a mounted image: reads every file, follows none of the image's links out
 * of it, runs nothing of it. Throws InventoryFailed.
 */
export const takeInventory = async ({
  root,
  threads,
  known = async () => new Map(),
  origins,
  fat = [],
  settled,
  remembered,
  say,
}: InventoryOrder): Promise<Inventory> => {
  const onFat = await fatFolders(root, fat);
  const { foreign, used, places } = await mountsIn(root, onFat.folders);
  const top = Buffer.from(await realpath(root)).toString("latin1");
  const isRemembered = remembered !== undefined;
  const image = { root: top, foreign, isRemembered };
  const distribution = await readDistribution(root);
  const expected = await readExpected(root, { foreign, distribution, origins });
  const before = { known: await known(), asked: expected.asked };
  const tree = await readTree(threads, image, before);
  tree.entries.forEach(onFat.liken);
  const [, unread] = await Promise.all([
    readXattrs(tree, top, onFat.has),
    readContents(threads, image, { tree, used }),
  ]);
  nameHardLinks(tree);
  const noted = isRemembered && remember(remembered, tree, { places, isOnFat: onFat.has });
  const bytes = tree.entries.reduce((sum, entry) => sum + bytesIn(entry), 0);
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
  await Promise.all([settled, noted]);
  const size = {
    ...{ files: tree.entries.length, bytes },
    used: (await mountsIn(root, onFat.folders)).used,
  };
  const inventory: Inventory = {
    ...{ format: 1, digest, size, ...system, ...found, ...sections, problems },
    ...{ unread, files: tree.entries },
  };
  summary(inventory).forEach(say);
  if (tree.known > 0) say(`${tree.known} files had been read before`);
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
