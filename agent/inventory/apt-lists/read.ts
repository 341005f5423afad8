import type { Package } from "../../../core/inventory.ts";
import type { PackageList, PackageOrigins } from "../../../core/inventory/found/package-list.ts";
import { DatabaseProblem } from "../database-file.ts";
import { listsIn, type ListThere } from "./lists.ts";
import type { ListCache } from "./cache.ts";
import type { ListsAhead } from "./ahead.ts";
import { type ListOrder, scanList } from "./scan-list.ts";

export interface AptListsOrder {
  root: string;
  /** Where apt's lists are in the image. */
  folder: string;
  /** The image's packages; those of dpkg are looked for. */
  packages: readonly Package[];
  /** What was read of the lists before. */
  ahead?: ListsAhead | undefined;
  /** Where lists go that somebody vouches for. */
  cache?: ListCache | undefined;
}

/** Bytes of all lists, unpacked; all of Debian's main has 55 million, and Ubuntu's twice that. */
const mostBytes = 1024 ** 3;

/** A package as PackageOrigins has it. */
export const originKey = ({ name, version, architecture }: Package): string =>
  `${name} ${version} ${architecture}`;

/**
 * Reads apt's lists for where an image's packages are from: the first list in the sources' order
 * that has a package in its version, of those that a key of the image's vouches for, and then of
 * the others. Lists are read until all is found. Nothing of the image may run. What is wrong with a
 * list is said of it.
 */
export const readAptLists = async (order: AptListsOrder): Promise<PackageOrigins> => {
  const { packages, ahead } = order;
  const missing = new Set(packages.flatMap((one) => (one.kind === "dpkg" ? originKey(one) : [])));
  const origins: PackageOrigins = { lists: [], packages: {} };
  const there = missing.size === 0 ? [] : await listsIn(order);
  let left = mostBytes;
  for (const one of there.toSorted((a, b) => trust(a) - trust(b))) {
    if (missing.size === 0) break;
    const { found, bytes, ...list } = await look(one, missing, { most: left, ahead });
    if (list.signer !== undefined) await order.cache?.keep(one);
    left -= bytes;
    if (found.length > 0 || list.sha256 === undefined) origins.lists.push(list);
    for (const key of found) {
      missing.delete(key);
      origins.packages[key] = list.repository;
    }
  }
  return origins;
};

const trust = ({ release }: ListThere): number => (release.signer === undefined ? 1 : 0);

/** What is said of a list, and which packages it has. */
const look = async (
  { repository, digest, release, ...list }: ListThere,
  keys: ReadonlySet<string>,
  order: Pick<ListOrder, "most" | "ahead">,
): Promise<PackageList & { found: string[]; bytes: number }> => {
  const names = new Set([...keys].map((key) => key.slice(0, key.indexOf(" "))));
  try {
    const scanned = await scanList({ ...list, ...order, wanted: { names, keys } });
    const { signer, because = "it is not what the repository's Release names" } = release;
    const isVouched = signer !== undefined && scanned.sha256 === digest;
    return { repository, ...scanned, ...(isVouched ? { signer } : { because }) };
  } catch (error) {
    if (!(error instanceof DatabaseProblem)) throw error;
    return { repository, because: error.message, found: [], bytes: 0 };
  }
};
