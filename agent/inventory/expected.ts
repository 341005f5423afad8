import { Buffer } from "node:buffer";
import { realpath } from "node:fs/promises";
import type { Inventory } from "../../core/inventory.ts";
import type { FoundProblem } from "../../core/inventory/found/problem.ts";
import { readAccounts } from "./account-numbers.ts";
import { DatabaseProblem } from "./database-file.ts";
import { type DpkgFiles, dpkgFiles } from "./dpkg-files.ts";
import { type Resolve, resolverIn } from "./folders.ts";
import { ownedOf } from "./owned.ts";
import { type Databases, readDatabases } from "./packages.ts";
import { type Asked, askedDigests, type ShippedFile } from "./shipped.ts";
import type { Tree } from "./tree.ts";

/** What an image's own databases say that is in it, read before its files are. */
export interface Expected extends Databases {
  root: string;
  /** The digests that must be computed of its files, so that they can be compared. */
  asked: Asked;
  resolve: Resolve;
  excused(path: string): boolean;
  problems: FoundProblem[];
}

/** Reads an image's package databases; `foreign` is what is mounted over it. */
export const readExpected = async (
  root: string,
  foreign: readonly string[] = [],
): Promise<Expected> => {
  const problems: FoundProblem[] = [];
  const found = await readDatabases(root);
  const dpkg = await readDpkgFiles(root, problems);
  const resolve = resolverIn(Buffer.from(await realpath(root)).toString("latin1"));
  const files = [...found.files, ...dpkg.files];
  const covered = foreign.map((path) => `${path}/`);
  return {
    ...{ ...found, packages: withVouched(found.packages, dpkg.files), files, root, resolve },
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

type Sections = Pick<Inventory, "databases" | "packages" | "problems" | "owned">;

/** Compares what was expected with what was found. */
export const findSections = async (expected: Expected, tree: Tree): Promise<Sections> => {
  const { databases, packages, problems, files, resolve, root, excused } = expected;
  const accounts = await readAccounts(root);
  const there = { entries: tree.entries, digests: tree.asked, accounts, resolve, excused };
  return { databases, packages, problems, owned: ownedOf(files, there) };
};
