import { Buffer } from "node:buffer";
import { realpath } from "node:fs/promises";
import type { Distribution, Inventory } from "../../core/inventory.ts";
import type { TrustedKey } from "../../core/inventory/found/repository.ts";
import type { PackageOrigins } from "../../core/inventory/found/package-list.ts";
import type { FoundProblem } from "../../core/inventory/found/problem.ts";
import { readAccounts } from "./account-numbers.ts";
import { DatabaseProblem } from "./database-file.ts";
import { type DpkgFiles, dpkgFiles } from "./dpkg-files.ts";
import { type Resolve, resolverIn } from "./folders.ts";
import { foreignModules } from "./modules.ts";
import { compare } from "./owned.ts";
import { type Databases, readDatabases } from "./packages.ts";
import { readRepositories, type Repositories, sortedKeys } from "./repositories/read.ts";
import { trustedKey } from "./repositories/key-files.ts";
import { withLists } from "./apt-lists/with-lists.ts";
import { withOrigins } from "./rpm-origins.ts";
import { type Asked, askedDigests, type ShippedFile } from "./shipped.ts";
import type { Tree } from "./tree.ts";

/** What an image's own databases say that is in it, read before its files are. */
export interface Expected extends Databases, Pick<Inventory, "lists"> {
  root: string;
  repositories: Repositories;
  /** The digests that must be computed of its files, so that they can be compared. */
  asked: Asked;
  resolve: Resolve;
  excused(path: string): boolean;
  problems: FoundProblem[];
}

export interface ExpectedOrder {
  /** What is mounted over the image. */
  foreign: readonly string[];
  distribution?: Distribution | undefined;
  /** Where packages of dpkg are from; absent when nobody looked. */
  origins?: PackageOrigins | undefined;
}

/** Reads an image's package databases. */
export const readExpected = async (
  root: string,
  { foreign, distribution, origins }: ExpectedOrder,
): Promise<Expected> => {
  const repositories = await readRepositories(root, distribution);
  const { problems } = repositories;
  const found = await readDatabases(root, repositories.certificates);
  const dpkg = await readDpkgFiles(root, problems);
  const resolve = resolverIn(Buffer.from(await realpath(root)).toString("latin1"));
  const files = [...found.files, ...dpkg.files];
  const covered = foreign.map((path) => `${path}/`);
  const vouched = withVouched(found.packages, dpkg.files);
  return {
    ...{ ...found, files, root, resolve, repositories },
    ...withLists(await withOrigins(root, vouched, problems), origins),
    ...{ problems, asked: askedDigests(files, resolve) },
    excused: (path) =>
      dpkg.excluded(path) || covered.some((folder) => `${path}/`.startsWith(folder)),
  };
};

/** What is asked of the files that are read while steps run; `top` is the root's real path. */
export const askedAhead = async (root: string, top: string): Promise<Asked> => {
  const { files } = await readDpkgFiles(root, []);
  return askedDigests(files, resolverIn(top));
};

const readDpkgFiles = async (root: string, problems: FoundProblem[]): Promise<DpkgFiles> => {
  try {
    return await dpkgFiles(root);
  } catch (error) {
    if (!(error instanceof DatabaseProblem)) throw error;
    problems.push({ section: "owned", path: "/var/lib/dpkg/info", reason: error.message });
    return { files: [], excluded: () => false };
  }
};

/** dpkg keeps digests of most packages' files, and nobody signs them. */
const withVouched = (
  packages: Inventory["packages"],
  files: readonly ShippedFile[],
): Inventory["packages"] => {
  const known = new Set(files.flatMap((file) => (file.digest === undefined ? [] : [file.package])));
  return packages.map((one) => {
    if (one.kind !== "dpkg") return one;
    return { ...one, vouched: known.has(one.name) ? "database" : "nothing" };
  });
};

type Section =
  "databases" | "packages" | "problems" | "owned" | "repositories" | "lists" | "keys" | "modules";

/** Compares what was expected with what was found. */
export const findSections = async (
  expected: Expected,
  tree: Tree,
): Promise<Pick<Inventory, Section>> => {
  const { databases, packages, problems, files, resolve, root, excused } = expected;
  const { entries, asked: digests } = tree;
  const accounts = await readAccounts(root);
  const capabilities = new Map(
    entries.flatMap(({ path, capabilities: text }) => (text === undefined ? [] : [[path, text]])),
  );
  const found = { entries, digests, capabilities, accounts, resolve, excused };
  const { owned, owners } = compare(files, found);
  const ownerOf = (path: string) => owners.get(path);
  const modules = await foreignModules({ root, entries, packages, ownerOf });
  const { repositories } = expected.repositories;
  const { lists } = expected;
  return {
    databases,
    packages,
    problems,
    owned,
    repositories,
    ...(lists !== undefined && { lists }),
    keys: keysOf(expected, owners),
    modules,
  };
};

/** Those of files, with the package that shipped them, and those of databases. */
const keysOf = (
  { keys, repositories }: Expected,
  owners: ReadonlyMap<string, string>,
): TrustedKey[] => {
  const given = keys.map(({ path, certificate }) => trustedKey(path, certificate));
  return sortedKeys([...repositories.keys, ...given]).map((key) => {
    const owner = owners.get(key.path);
    return owner === undefined ? key : { ...key, package: owner };
  });
};
