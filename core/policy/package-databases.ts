import type { PackageDatabase } from "../inventory.ts";
import { type Facts, type Look, unknown } from "./facts.ts";
import type { Item } from "./verdict.ts";

type Known = Pick<Facts, "inventory" | "origin" | "lineage">;

const holdsSome = ({ packages }: PackageDatabase): boolean => packages > 0;

/**
 * Why nothing is known of an image's packages: a sentence; undefined when they are. Only a disk of
 * one's own that names no distribution may have none: a system of files alone.
 */
export const whyNoPackages = ({ inventory, lineage }: Known): string | undefined => {
  const { databases, distribution } = inventory;
  if (databases.some(holdsSome)) return undefined;
  if (distribution === undefined && lineage.at(-1)?.kind === "file") return undefined;
  const what = distribution === undefined ? "the image" : `the image says it is ${distribution.id}`;
  return `${what}${distribution === undefined ? " has" : ", and has"} no package database that can be read`;
};

/**
 * Databases that the origin had packages in, of a kind of which there is none now. A kind's place
 * and format may change: rpm's do with its versions.
 */
export const lostDatabases = ({ inventory, origin }: Known): Item[] => {
  const kinds = new Set(inventory.databases.filter(holdsSome).map(({ kind }) => kind));
  const before = (origin?.databases ?? []).filter(holdsSome);
  return before
    .filter(({ kind }) => !kinds.has(kind))
    .map(({ path, packages }) => ({
      of: path,
      says: `${path} is gone or empty; what the image started from has ${packages} packages there`,
    }));
};

const remedy = "leave the package database where it is: it tells what the image is made of";

/** A look at packages: where their database is missing, nothing is known of them. */
export const lookAtPackages = (facts: Facts, look: () => Look): Look => {
  const lost = lostDatabases(facts);
  const why = whyNoPackages(facts);
  if (lost.length === 0) return why === undefined ? look() : unknown(why, remedy);
  const looked = look();
  if ("unknown" in looked) return { against: lost, looked: "", remedy };
  return { ...looked, against: [...lost, ...looked.against], remedy };
};
