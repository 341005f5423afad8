import { createHash } from "node:crypto";
import { noWishes } from "../builder-wishes.ts";
import { noAttributes } from "../image-attributes.ts";
import type { ResolvedRecipe } from "../job.ts";
import { isMap } from "./tree.ts";

const canonical = (_key: string, value: unknown): unknown =>
  isMap(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;

const textOf = (value: unknown): string => JSON.stringify(value, canonical);

/** Without what asks for nothing: a recipe that is only of one machine has the hash it always had. */
const essence = ({ builder, attributes, ...rest }: ResolvedRecipe) => ({
  ...rest,
  ...(textOf(builder) !== textOf(noWishes) && { builder }),
  ...(textOf(attributes) !== textOf(noAttributes) && { attributes }),
});

/**
 * 16 hex digits that are the same for the same recipe with the same parameters. Secrets' values are
 * not in it. `digests` are those of the files it names, by path, so that a changed file shows.
 */
export const recipeHash = (
  resolved: ResolvedRecipe,
  digests: Readonly<Record<string, string>> = {},
): string =>
  createHash("sha256")
    .update(textOf({ digests, resolved: essence(resolved) }))
    .digest("hex")
    .slice(0, 16);
