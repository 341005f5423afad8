import { basename, dirname, extname } from "node:path";
import type { AgentEvent } from "../core/agent-event.ts";
import type { BakeJob, ResolvedRecipe } from "../core/job.ts";
import type { AgentOrder } from "../core/ports.ts";
import { recipeFiles } from "../core/recipe/bundle.ts";
import { stepKeys } from "../core/step-cache.ts";
import { digestFiles } from "./digest.ts";
import type { Paths } from "./paths.ts";
import { adoptKept, findKept, pruneKept } from "./step-cache.ts";

/**
 * The step cache, for one bake. It takes in what the agent kept when the scope ends, however the
 * agent did: what a failed bake kept is what its next attempt wants.
 */
export interface StepCache extends AsyncDisposable {
  /** What the agent is told. */
  job: NonNullable<BakeJob["stepCache"]>;
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
  local: {
    paths: Paths;
    /** The agent's. */
    program: string;
    /** Bytes. */
    stepCacheLimit: number | undefined;
    events(event: AgentEvent): void;
  },
  { order, bundle, folder }: StepCacheOrder,
): Promise<StepCache | undefined> => {
  const { paths, stepCacheLimit } = local;
  // what lies on this machine, or is done on it, is in no key
  if (stepCacheLimit === undefined || order.recipe.host !== undefined) return undefined;
  const { recipe, origin, architecture, rootVolumeSize } = order;
  // an origin that is not made here is at hand in every bake
  if (recipe.origin.kind !== "scratch" && recipe.steps.length === 0) return undefined;
  const files = await digestFiles(bundle, recipeFiles(recipe));
  const keys = stepKeys(recipe, {
    ...{ origin, architecture, rootVolumeSize, files },
    assets: assetDigests(recipe, files),
    agent: await agentDigest(local.program),
  });
  const kept = await findKept(paths, keys);
  return {
    job: { kept, folder, most: keys.length - 1 },
    async [Symbol.asyncDispose]() {
      try {
        await adoptKept(paths, folder, keys);
        await pruneKept(paths, stepCacheLimit);
      } catch (error) {
        tell(local.events, `no disk was kept: ${String(error)}`);
      }
    },
  };
};

/** A bake without a cache is only slower: what is wrong with it is told, and fails nothing. */
const tell = (events: (event: AgentEvent) => void, text: string): void => {
  const [step, at] = ["The step cache", Date.now()];
  events({ event: "step-started", at, step });
  events({ event: "step-output", at, step, text });
  events({ event: "step-finished", at, step, status: "failed", seconds: 0 });
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

/** Of all the code that is the agent: its folder, and, where it is not compiled, what it imports. */
const agentDigest = async (program: string): Promise<string> => {
  const agent = dirname(program);
  const imported = extname(program) === ".ts" ? ["core"] : [];
  const digests = await digestFiles(dirname(agent), [basename(agent), ...imported]);
  return JSON.stringify(digests);
};
