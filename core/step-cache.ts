import { createHash } from "node:crypto";
import * as z from "zod";
import { BakeId } from "./ids.ts";
import { PackageOrigins } from "./inventory/found/package-list.ts";
import type { Architecture, ResolvedRecipe } from "./job.ts";
import type { Step } from "./step.ts";
import { type Ancestor, Digest, isStock } from "./origin.ts";

/** A file in which a repository of packages says what it has, and its digest when it was read. */
export const RepositoryDigest = z.strictObject({ url: z.string(), digest: Digest });
export type RepositoryDigest = z.infer<typeof RepositoryDigest>;

/** A disk as it was after so many steps of a recipe. */
export const KeptDisk = z.strictObject({
  /** How many steps were done; 0 is an origin that was made from packages. */
  steps: z.int().nonnegative(),
  /** Which bake kept it. */
  bake: BakeId,
  /** All that was installed came from repositories that said this. */
  repositories: z.array(RepositoryDigest),
  /** Where its packages are from, as far as that is known; absent when it is not. */
  origins: PackageOrigins.optional(),
  /** Seconds of the work that need not be done again. */
  seconds: z.number(),
});
export type KeptDisk = z.infer<typeof KeptDisk>;

/** What a disk depends on that the recipe only names. */
export interface Surroundings {
  origin: Ancestor;
  architecture: Architecture;
  /** GiB. */
  rootVolumeSize: number;
  /** Digests of the files and folders that steps use, by their path in the bundle. */
  files: Readonly<Record<string, string>>;
  /** Digests of the assets, by name. */
  assets: Readonly<Record<string, string>>;
  /** Digest of the program that carries the steps out. */
  agent: string;
}

/** Changes when what is kept, or what keys are made of, does. */
const format = 1;

/**
 * Keys of the disk after no step, after the first, and so on, as far as a key can say all that the
 * disk depends on but the repositories: the list ends before the first step that may do anything,
 * or that may leave a secret on the disk. Each is 64 hexadecimal digits, and has those before it
 * in it. A step that is skipped has the key of the one before.
 */
export const stepKeys = (recipe: ResolvedRecipe, around: Surroundings): string[] => {
  const keys = [digest([format, ...baseOf(recipe, around)])];
  for (const step of recipe.steps) {
    const last = keys.at(-1) ?? "";
    const parts = step.skipped === undefined ? partsOf(step, recipe, around) : [];
    if (parts === undefined) break;
    keys.push(step.skipped === undefined ? digest([last, ...parts]) : last);
  }
  return keys;
};

const baseOf = (recipe: ResolvedRecipe, around: Surroundings): unknown[] => {
  const { origin, architecture, rootVolumeSize, agent } = around;
  // whether the recipe says a stock disk's digest changes nothing of what is on it
  const disk = origin.kind === "file" ? { ...origin, demanded: undefined } : origin;
  const start = recipe.origin.kind === "scratch" ? recipe.origin : disk;
  // a stock disk is cleaned before the first step, of what the recipe does not keep
  const cleaned = isStock(origin) ? recipe.hygiene : {};
  return [agent, architecture, rootVolumeSize, start, cleaned];
};

/**
 * All that the step does, and all that it can see; undefined for one that may do something else on
 * the same disk, or leave a secret there.
 */
const partsOf = (
  step: Step,
  recipe: ResolvedRecipe,
  around: Surroundings,
): unknown[] | undefined => {
  const { name: _, timeout: __, ...body } = step;
  switch (step.kind) {
    case "shell":
      if (!step.cache || recipe.secrets.length > 0) return undefined;
      return [body, recipe.parameters, around.assets, step.script && around.files[step.script]];
    case "ansible":
      return undefined;
    case "files": {
      const sources = step.files.map(({ source = "", asset = "" }) => [
        around.files[source],
        around.assets[asset],
      ]);
      const filled = step.files.some(({ template }) => template);
      return [body, sources, filled ? recipe.parameters : {}];
    }
    case "packages":
    case "services":
    case "users":
      return [body];
  }
};

const digest = (parts: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex");
