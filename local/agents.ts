import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentEvent } from "../core/agent-event.ts";
import { AgentDied, AgentRunning, NotReady } from "../core/errors.ts";
import type { BakeJob, DiskFacts } from "../core/job.ts";
import { inventoryFile } from "../core/inventory/document.ts";
import type { AgentOrder, Agents } from "../core/ports.ts";
import { type AgentRunner, runAgentProcess } from "./agent-process.ts";
import { openStepCache } from "./open-step-cache.ts";
import { prepareAssets } from "./prepare-assets.ts";
import { bakeFolder, builderFolder, type Paths, volumeDisk } from "./paths.ts";
import { Polled } from "./polled.ts";
import { readSecrets } from "./secrets.ts";

export interface LocalAgents extends AgentRunner {
  paths: Paths;
  /** The folder of fetched packages that bakes share. */
  packageCache: string;
  /** The folder of fetched assets that bakes share. */
  assetCache: string;
  /** Bytes that disks kept after steps may take; absent, every step runs and no disk is kept. */
  stepCacheLimit: number | undefined;
  /** The folder the recipe came from: secrets' files are found there. */
  recipeFolder: string;
  events(event: AgentEvent): void;
  /** Whether the operator lets recipes reach this machine: their `host:`. */
  allowHost: boolean;
}

/** The agent as a child process on this machine. */
export const childAgents = (local: LocalAgents): Agents => {
  const running = new Polled<string, DiskFacts>();
  return {
    run: (order) =>
      running.answer(
        order.builderId,
        () => bakeDisk(local, order),
        () => new AgentRunning(`the agent of ${order.bake} is at work`),
      ),
  };
};

// asked before the bake as well, of the recipe as it was then
const notAllowed = "host: of the recipe reaches this machine, which --allow-host would allow";

const bakeDisk = async (local: LocalAgents, order: AgentOrder): Promise<DiskFacts> => {
  if (order.recipe.host !== undefined && !local.allowHost) throw new NotReady(notAllowed);
  const folder = builderFolder(local.paths, order.bake);
  const bundle = join(bakeFolder(local.paths, order.bake), "bundle");
  const assets = await prepareAssets({
    ...{ assets: order.recipe.assets, bundle, folder: join(folder, "assets") },
    ...{ cache: local.assetCache, signal: local.signal, events: local.events },
  });
  const job: BakeJob = {
    kind: "bake",
    bake: order.bake,
    recipe: order.recipe,
    origin: order.origin,
    architecture: order.architecture,
    rootVolumeSize: order.rootVolumeSize,
    disk: volumeDisk(local.paths, order.bake, order.volumeId),
    ...{ bundle, assets, inventory: join(folder, inventoryFile) },
    packageCache: { shared: local.packageCache, own: join(folder, "packages") },
  };
  const path = join(folder, "job.json");
  await using cache = await openStepCache(local, { order, bundle, folder: join(folder, "steps") });
  await writeFile(path, JSON.stringify({ ...job, stepCache: cache?.job } satisfies BakeJob));
  const secrets = await readSecrets(order.recipe.secrets, local.recipeFolder);
  const result = await runAgentProcess(local, {
    job: path,
    result: join(folder, "result.json"),
    secrets,
    onEvent: local.events,
  });
  if (result.disk === undefined) throw new AgentDied("the agent ended without describing the disk");
  return result.disk;
};
