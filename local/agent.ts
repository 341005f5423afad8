import { access, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AgentEvent } from "../core/agent-event.ts";
import { AgentDied, AgentRunning, InventoryFailed, NotReady } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { BakeJob, DiskFacts } from "../core/job.ts";
import type { Ancestor } from "../core/origin.ts";
import { inventoryFile } from "../core/inventory/document.ts";
import type { AgentOrder, Agents } from "../core/ports.ts";
import { type AgentRunner, runAgentProcess } from "./agent-process.ts";
import { openStepCache } from "./open-step-cache.ts";
import { prepareAssets } from "./prepare-assets.ts";
import { parentOf } from "./parent-of.ts";
import { bakeFolder, builderFolder, type Paths, rememberedFile, volumeDisk } from "./paths.ts";
import { Polled } from "./polled.ts";
import { readSecrets } from "./secrets.ts";

export interface LocalAgent extends AgentRunner {
  bake: BakeId;
  paths: Paths;
  /** The folder of fetched packages that bakes share. */
  packageCache: string;
  /** The folder of lists of packages that they share, too. */
  listCache: string;
  /** The folder of fetched assets that bakes share. */
  assetCache: string;
  /** Bytes that disks kept after steps may take; absent, every step runs and no disk is kept. */
  stepCacheLimit: number | undefined;
  /** The folder the recipe came from: secrets' files are found there. */
  recipeFolder: string;
  events(event: AgentEvent): void;
  /** Told what the agent starts from once it has all that it needs. */
  onOrdered?(origin: Ancestor): void;
  /** Whether the operator lets recipes reach this machine: their `host:`. */
  allowHost: boolean;
  /** Milliseconds for which a call of `run` waits; Polled's own, when absent. */
  slice?: number;
}

/** The agent of one bake; it is gone when the scope ends. */
export interface ChildAgent extends Agents, AsyncDisposable {}

/**
 * The agent of a bake as a child process on this machine. It starts at once: by the time there is a
 * disk for it, its program is loaded.
 */
export const openAgent = (local: LocalAgent): ChildAgent => {
  const running = new Polled<string, DiskFacts>(local.slice);
  const scope = new AbortController();
  const secrets = Promise.withResolvers<Record<string, string>>();
  const files = filesIn(local);
  const over = () => {
    isAtWork = false;
  };
  const ended = runAgentProcess(
    { ...local, signal: AbortSignal.any([local.signal, scope.signal]) },
    { ...files, secrets: secrets.promise, onEvent: local.events },
  );
  const end = async () => {
    scope.abort();
    await ended.catch(() => undefined); // whoever runs it hears of it
  };
  let isAtWork = false;
  void ended.then(over, over);
  const bakeDisk = async (order: AgentOrder): Promise<DiskFacts> => {
    const job = await jobFor(local, order);
    const kept = { order, bundle: job.bundle, folder: join(dirname(files.job), "steps") };
    await using cache = await openStepCache(local, kept);
    await writeFile(files.job, JSON.stringify({ ...job, stepCache: cache?.job }));
    secrets.resolve(await readSecrets(order.recipe.secrets, local.recipeFolder));
    isAtWork = true;
    local.onOrdered?.(order.origin);
    const { disk } = await ended;
    if (disk === undefined) throw new AgentDied("the agent ended without describing the disk");
    await assertThere(job.inventory);
    return disk;
  };
  return {
    run: (order) =>
      running.answer(
        order.builderId,
        () => bakeDisk(order),
        () => new AgentRunning(`the agent of ${order.bake} is at work`),
      ),
    async release() {
      const held = isAtWork ? 1 : 0;
      await end();
      return held;
    },
    [Symbol.asyncDispose]: end,
  };
};

const assertThere = async (inventory: string): Promise<void> => {
  try {
    await access(inventory);
  } catch (cause) {
    throw new InventoryFailed("the agent succeeded and left no inventory", { cause });
  }
};

const filesIn = ({ paths, bake }: LocalAgent) => {
  const folder = builderFolder(paths, bake);
  return { job: join(folder, "job.json"), result: join(folder, "result.json") };
};

// asked before the bake as well, of the recipe as it was then
const notAllowed = "host: of the recipe reaches this machine, which --allow-host would allow";

/** What the agent is told to do; all that it names is at hand. */
const jobFor = async (local: LocalAgent, order: AgentOrder): Promise<BakeJob> => {
  if (order.recipe.host !== undefined && !local.allowHost) throw new NotReady(notAllowed);
  const folder = builderFolder(local.paths, order.bake);
  const bundle = join(bakeFolder(local.paths, order.bake), "bundle");
  const assets = await prepareAssets({
    ...{ assets: order.recipe.assets, bundle, folder: join(folder, "assets") },
    ...{ cache: local.assetCache, signal: local.signal, events: local.events },
  });
  const parent = await parentOf(local.paths, order.origin, folder);
  return {
    kind: "bake",
    bake: order.bake,
    recipe: order.recipe,
    origin: order.origin,
    architecture: order.architecture,
    rootVolumeSize: order.rootVolumeSize,
    disk: volumeDisk(local.paths, order.bake, order.volumeId),
    ...{ bundle, assets, inventory: join(folder, inventoryFile) },
    remembered: join(folder, rememberedFile),
    ...(parent && { parent }),
    packageCache: {
      ...{ shared: local.packageCache, own: join(folder, "packages") },
      lists: local.listCache,
    },
  };
};
