import type { Inventory, Package, PackageKind } from "../../core/inventory.ts";
import { readApk } from "./apk.ts";
import { withLicences } from "./copyright.ts";
import type { DatabaseContent } from "./database-content.ts";
import { databasePlace, DatabaseProblem, openDatabase } from "./database-file.ts";
import { readDpkg, readDpkgFolder } from "./dpkg.ts";
import { readRpm } from "./rpm.ts";

/** Reads a database at a path on the host; undefined when there is none. */
type Reader = (place: string) => Promise<DatabaseContent | undefined>;

/** Says of a database of a kind that is known, and not read, that it is there. */
const notRead =
  (what: string): Reader =>
  async (place) => {
    await using file = await openDatabase(place, Number.MAX_SAFE_INTEGER);
    const problem = `it is ${what}, which is not read yet`;
    return file === undefined ? undefined : { packages: [], problem };
  };

const rpmFolder = (folder: string): [PackageKind, string, Reader][] => [
  ["rpm", `${folder}/rpmdb.sqlite`, readRpm],
  ["rpm", `${folder}/Packages.db`, notRead("rpm's own format, ndb")],
  ["rpm", `${folder}/Packages`, notRead("a Berkeley DB")],
];

/** Where package managers keep their databases. What leads to the same place is read once. */
const databases: readonly [kind: PackageKind, path: string, read: Reader][] = [
  ["dpkg", "/var/lib/dpkg/status", readDpkg],
  ["dpkg", "/var/lib/dpkg/status.d", readDpkgFolder],
  ...["/lib/apk/db", "/usr/lib/apk/db"].flatMap((folder): [PackageKind, string, Reader][] => [
    ["apk", `${folder}/installed`, readApk],
    ["apk", `${folder}/installed.adb`, notRead("the format of apk-tools 3")],
  ]),
  ...["/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"].flatMap(rpmFolder),
];

/**
 * Reads every package database that is found in a mounted image, and runs nothing of it. One that
 * cannot be read is listed with what is wrong.
 */
export const readPackages = async (
  root: string,
): Promise<Pick<Inventory, "databases" | "packages">> => {
  const found: Inventory["databases"] = [];
  const packages: Package[] = [];
  const seen = new Set<string>();
  for (const [kind, path, read] of databases) {
    const content = await contentAt(root, path, seen, read);
    if (content === undefined) continue;
    const { problem } = content;
    const count = content.packages.length;
    found.push({ kind, path, packages: count, ...(problem !== undefined && { problem }) });
    for (const one of content.packages) packages.push(one);
  }
  return { databases: found, packages: await withLicences(root, packages.toSorted(inOrder)) };
};

const contentAt = async (
  root: string,
  path: string,
  seen: Set<string>,
  read: Reader,
): Promise<DatabaseContent | undefined> => {
  try {
    const place = await databasePlace(root, path);
    if (seen.has(place)) return undefined;
    seen.add(place);
    return await read(place);
  } catch (error) {
    if (!(error instanceof DatabaseProblem)) throw error;
    return { packages: [], problem: error.message };
  }
};

const inOrder = (one: Package, other: Package): number => {
  const [a, b] = [keyOf(one), keyOf(other)];
  if (a === b) return 0;
  return a < b ? -1 : 1;
};

const keyOf = ({ kind, name, version, architecture = "" }: Package): string =>
  [kind, name, version, architecture].join("\0");
