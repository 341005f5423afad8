import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { BakeEvent } from "../core/bake-event.ts";
import type { BakeId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
import { bundleFiles } from "../core/recipe/bundle.ts";
import { recipeHash } from "../core/recipe/hash.ts";
import { parseRecipe } from "../core/recipe/read.ts";
import { resolveRecipe } from "../core/recipe/resolve.ts";
import { hasLog, openBake } from "../local/bakes.ts";
import { copyBundle } from "../local/bundle.ts";
import { digestFiles } from "../local/digest.ts";
import { hasImage } from "../local/images.ts";
import type { Paths } from "../local/paths.ts";
import type { BakeChoices } from "./bake-choices.ts";
import { cacheFolder } from "./cache-folder.ts";
import { told } from "./told-bake.ts";

/** What a bake is asked for. */
export interface BakeOrder extends BakeChoices {
  recipePath: string;
  /** How people are told of it. */
  shown: string;
  /** Given values by name, never a secret's. */
  parameters: Record<string, string>;
  events: (event: BakeEvent) => void;
  signal: AbortSignal;
}

/** Bakes what a recipe says, and tells of it. Throws the bake's error. */
export const bakeRecipe = async (paths: Paths, order: BakeOrder): Promise<Image> => {
  const file = basename(order.recipePath);
  const folder = dirname(order.recipePath);
  const parsed = parseRecipe(await readFile(order.recipePath, "utf8"), file);
  const recipe = resolveRecipe(parsed, { set: order.parameters, environment: {} });
  const named = bundleFiles(parsed, recipe).map(({ path }) => path);
  const version = `${recipe.name}-${recipeHash(recipe, await digestFiles(folder, named))}`;
  await using open = await openBake(paths, version, (bake) => isUsed(paths, bake));
  await copyBundle(folder, [file, ...named], join(open.folder, "bundle"));
  const { folderReports } = await import("../local/reports.ts");
  const reports = folderReports(paths);
  return await told({ paths, open, order, reports }, async (events) => {
    const { bakeLocally } = await import("./local-bake.ts");
    return bakeLocally({ ...order, paths, open, recipe, reports, cache: cacheFolder(), events });
  });
};

/** Whether an image or a kept log has that id. */
const isUsed = (paths: Paths, bake: BakeId): boolean =>
  hasImage(paths, bake) || hasLog(paths, bake);
