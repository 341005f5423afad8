import type { Package } from "../../core/inventory.ts";
import type { Certificate } from "./openpgp/keys.ts";
import type { Signature } from "./openpgp/signatures.ts";
import type { ShippedFile } from "./shipped.ts";

/** What was read of a package database. */
export interface DatabaseContent {
  packages: Package[];
  /** Why it is not all: a sentence that begins with "it". */
  problem?: string;
  /** Files of the packages, where the same database has them. */
  files?: ShippedFile[];
  /** Keys that the database itself trusts. */
  keys?: Certificate[];
  /** Over what is said of each package, its files included. */
  signatures?: Map<Package, Signature[]>;
}

/** Characters of a field that is taken; what is longer is no name or version. */
const longestField = 1024;

/** Whether a field has something in it that can be a name or a version. */
export const isField = (text: string | undefined): text is string =>
  text !== undefined && text !== "" && text.length <= longestField;

/** What was read of entries, those that make no sense counted and not taken. */
export const contentOf = (read: readonly (Package | "broken" | undefined)[]): DatabaseContent => {
  const packages = read.filter((one) => typeof one === "object");
  const broken = read.filter((one) => one === "broken").length;
  if (broken === 0) return { packages };
  return { packages, problem: `it has ${broken} entries without a usable name or version` };
};
