import type { Inventory, Package, PackageKind } from "../../core/inventory.ts";
import { readApk } from "./apk.ts";
import { withLicences } from "./copyright.ts";
import type { Certificate } from "./openpgp/keys.ts";
import type { Signature } from "./openpgp/signatures.ts";
import { byId, isSigned } from "./rpm-signature.ts";
import type { ShippedFile } from "./shipped.ts";
import type { DatabaseContent } from "./database-content.ts";
import { databasePlace, DatabaseProblem, openDatabase } from "./database-file.ts";
import { readDpkg, readDpkgFolder } from "./dpkg.ts";
import { readRpm, rpmDatabases } from "./rpm.ts";

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

const rpmFolder = (folder: string): [PackageKind, string, Reader][] =>
  rpmDatabases.map(([name, read]) => ["rpm", `${folder}/${name}`, readRpm(read)]);

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

/** What is read of all package databases. */
export interface Databases extends Pick<Inventory, "databases" | "packages"> {
  /** Files of packages, but those of dpkg, which has them elsewhere. */
  files: ShippedFile[];
  keys: DatabaseKey[];
}

/** A key that a package database trusts; the path is the database's. */
export interface DatabaseKey {
  path: string;
  certificate: Certificate;
}

/**
 * Reads every package database that is found in a mounted image, and runs nothing of it. One that
 * cannot be read is listed with what is wrong. `keys` are trusted beside those of the databases.
 */
export const readDatabases = async (
  root: string,
  trusted: readonly Certificate[] = [],
): Promise<Databases> => {
  const all: Databases = { databases: [], packages: [], files: [], keys: [] };
  const signatures = new Map<Package, Signature[]>();
  const seen = new Set<string>();
  for (const [kind, path, read] of databases) {
    const content = await contentAt(root, path, seen, read);
    if (content === undefined) continue;
    const { problem, packages, files = [], keys = [] } = content;
    const count = packages.length;
    all.databases.push({ kind, path, packages: count, ...(problem !== undefined && { problem }) });
    for (const file of files) all.files.push(file);
    for (const certificate of keys) all.keys.push({ path, certificate });
    for (const one of packages) all.packages.push(one);
    for (const [one, over] of content.signatures ?? []) signatures.set(one, over);
  }
  const keys = byId([...all.keys.map(({ certificate }) => certificate), ...trusted]);
  for (const one of all.packages) {
    const signed = isSigned(signatures.get(one) ?? [], keys);
    if (one.kind !== "dpkg") one.vouched = signed ? "repository" : "database";
  }
  return { ...all, packages: await withLicences(root, all.packages.toSorted(inOrder)) };
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
