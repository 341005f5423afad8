import { createHash } from "node:crypto";
import type { ResolvedRecipe } from "../job.ts";
import { isMap } from "./tree.ts";

const canonical = (_key: string, value: unknown): unknown =>
  isMap(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/**
 * 16 hex digits that are the same for the same recipe with the same parameters. Secrets' values are
 * not in it. `digests` are those of the files it names, by path, so that a changed file shows.
 */
export const recipeHash = (
  resolved: ResolvedRecipe,
  digests: Readonly<Record<string, string>> = {},
): string =>
  createHash("sha256")
    .update(JSON.stringify({ digests, resolved }, canonical))
    .digest("hex")
    .slice(0, 16);
