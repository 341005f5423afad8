import { bakeOfDrop } from "../../core/drop.ts";
import { openCloud } from "../aws/cloud.ts";
import { dropKey } from "../aws/drop-key.ts";
import { packRecipe } from "../aws/pack-recipe.ts";
import { print, printJson } from "../output.ts";

interface Options {
  set: Record<string, string>;
  prefix?: string;
  stage?: string;
  json?: boolean;
  state?: string;
}

/** Drops a recipe in a stage's bucket, which starts its bake, and does not wait for it. */
export const push = async ([path = ""]: string[], options: Options): Promise<void> => {
  const { name, file, content, parameters } = await packRecipe({
    ...options,
    path,
    state: options.state,
  });
  const key = dropKey(file, options.prefix);
  const cloud = await openCloud(options.stage);
  const drop = await cloud.push({ key, content, parameters });
  const bake = bakeOfDrop(name, drop);
  if (options.json) return printJson({ bake, ...drop });
  print(`dropped ${key} in ${drop.bucket}; its bake is ${bake}`);
};
