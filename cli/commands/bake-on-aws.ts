import { parentsFirst } from "../../core/family.ts";
import type { BakeId } from "../../core/ids.ts";
import { type Cloud, openCloud } from "../aws/cloud.ts";
import { detachable } from "../aws/detachable.ts";
import { dropKey } from "../aws/drop-key.ts";
import { awaitBake, follow } from "../aws/follow.ts";
import { type Packed, packRecipe } from "../aws/pack-recipe.ts";
import { duration } from "../progress/duration.ts";
import { progressOn, type Progress } from "../progress/progress.ts";

interface Options {
  set: Record<string, string>;
  prefix?: string;
  stage?: string;
  json?: boolean;
  state?: string;
}

interface Oven {
  cloud: Cloud;
  progress: Progress;
  options: Options;
  signal: AbortSignal;
  /** Tells of the bake that runs, for whoever looks away. */
  began(bake: BakeId): void;
}

/**
 * Bakes in an AWS account, one recipe after the other, parents first: drops them and looks on. All
 * are checked before the first is dropped, and nothing is dropped after one that failed.
 */
export const bakeOnAws = async (operands: string[], options: Options): Promise<void> => {
  const packed: (Packed & { path: string })[] = [];
  for (const path of operands) {
    packed.push({ ...(await packRecipe({ ...options, path, state: options.state })), path });
  }
  const orders = parentsFirst(packed);
  for (const { file } of orders) dropKey(file, options.prefix);
  const cloud = await openCloud(options.stage);
  using progress = await progressOn(process.stdout, {
    json: options.json ?? false,
    several: false,
  });
  let running: BakeId | undefined;
  const began = (bake: BakeId) => void (running = bake);
  await detachable(
    () => goesOn(running, options),
    async (signal) => {
      for (const order of orders) await bakeOne(order, { cloud, progress, options, signal, began });
    },
  );
};

const goesOn = (bake: BakeId | undefined, { stage }: Options): string => {
  const named = stage === undefined ? "" : ` --stage ${stage}`;
  if (bake === undefined) return "nobody looks on any more; `ovenbird bakes` lists what runs";
  return `nobody looks on any more, and the bake goes on: \`ovenbird logs ${bake}${named}\` shows it, \`ovenbird stop ${bake}${named}\` stops it`;
};

const bakeOne = async (order: Packed & { path: string }, oven: Oven): Promise<void> => {
  const { cloud, progress, options, signal } = oven;
  const { name, file, content, parameters, path } = order;
  const key = dropKey(file, options.prefix);
  const drop = await cloud.push({ key, content, parameters });
  progress.note(`dropped ${key} in ${drop.bucket}`);
  const bake = await awaitBake(cloud, { drop, name }, { signal });
  oven.began(bake);
  const began = Date.now();
  const events = progress.show;
  const imageId = await follow(cloud, { bake, shown: path, events, signal });
  if (options.json) return;
  const seconds = (Date.now() - began) / 1000;
  progress.note(`image ${imageId} (${name}) baked in ${duration(seconds)}`);
};
