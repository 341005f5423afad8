import { basename, dirname } from "node:path";
import type { BakeJob, ResolvedRecipe } from "../core/job.ts";
import type { AgentOrder } from "../core/ports.ts";
import { recipeFiles } from "../core/recipe/bundle.ts";
import { stepKeys } from "../core/step-cache.ts";
import { digestFiles } from "./digest.ts";
import type { Paths } from "./paths.ts";
import { adoptKept, findKept, pruneKept } from "./step-cache.ts";

/** The step cache, for one bake. */
export interface StepCache {
  /** What the agent is told. */
  job: NonNullable<BakeJob["stepCache"]>;
  /** Takes in what the agent kept, however it ended. */
  adopt(): Promise<void>;
}

export interface StepCacheOrder {
  order: AgentOrder;
  /** The folder that holds the files the recipe names. */
  bundle: string;
  /** A folder of the bake's for what its agent keeps. */
  folder: string;
}

/** Finds what earlier bakes kept; undefined when there is to be no cache. */
export const openStepCache = async (
  local: { paths: Paths; program: string; stepCacheLimit: number | undefined },
  { order, bundle, folder }: StepCacheOrder,
): Promise<StepCache | undefined> => {
  const { paths, stepCacheLimit } = local;
  if (stepCacheLimit === undefined) return undefined;
  const { recipe, origin, architecture, rootVolumeSize } = order;
  const files = await digestFiles(bundle, recipeFiles(recipe));
  const keys = stepKeys(recipe, {
    ...{ origin, architecture, rootVolumeSize, files },
    assets: assetDigests(recipe, files),
    agent: await agentDigest(local.program),
  });
  const kept = await findKept(paths, keys);
  return {
    job: { kept, folder, most: keys.length - 1 },
    async adopt() {
      await adoptKept(paths, folder, keys);
      await pruneKept(paths, stepCacheLimit);
    },
  };
};

const assetDigests = (
  { assets }: ResolvedRecipe,
  files: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(
    assets.map((asset) => [
      asset.name,
      "source" in asset ? (files[asset.source] ?? "") : asset.checksum,
    ]),
  );

/** Of all the code that is the agent: the folder of its program, and that of what it imports. */
const agentDigest = async (program: string): Promise<string> => {
  const agent = dirname(program);
  const digests = await digestFiles(dirname(agent), [basename(agent), "core"]);
  return JSON.stringify(digests);
};
