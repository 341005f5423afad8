import { NotFound } from "../../core/errors.ts";
import { BakeId, recipeOfBake } from "../../core/ids.ts";
import { openCloud } from "../aws/cloud.ts";
import { detachable } from "../aws/detachable.ts";
import { follow } from "../aws/follow.ts";
import { progressOn } from "../progress/progress.ts";

interface Options {
  stage?: string;
  json?: boolean;
}

/** Shows a bake from its beginning, and until its end when it still runs. Ends as the bake did. */
export const logs = async ([id = ""]: string[], options: Options): Promise<void> => {
  const cloud = await openCloud(options.stage);
  const bake = BakeId.safeParse(id);
  if (!bake.success || (await cloud.executions.describe(bake.data)) === undefined) {
    throw new NotFound(`there is no bake ${id}; \`ovenbird bakes\` lists them`);
  }
  using progress = await progressOn(process.stdout, {
    json: options.json ?? false,
    several: false,
  });
  const order = { bake: bake.data, shown: recipeOfBake(bake.data), events: progress.show };
  await detachable(
    () => `nobody looks on any more, and the bake goes on`,
    (signal) => follow(cloud, { ...order, signal }),
  );
};
