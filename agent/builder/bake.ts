import { access, chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { builderFiles, BuilderOrder } from "../../core/builder-order.ts";
import { inventoryFile } from "../../core/inventory/document.ts";
import type { AgentResult, BakeJob } from "../../core/job.ts";
import type { Channel } from "../channel.ts";
import { findWorkingDisk } from "../disk/working-disk.ts";
import { run } from "../run.ts";
import { runAgentProcess } from "./agent-process.ts";
import { allowSandbox } from "./allow-sandbox.ts";
import type { BuilderArguments } from "./arguments.ts";
import { prepareAssets } from "./assets.ts";
import { type Claim, readResult } from "./once.ts";
import { receiveSecrets } from "./secrets.ts";
import type { Store } from "./store.ts";
import { installTools } from "./tools.ts";

export interface BakeHere {
  call: BuilderArguments;
  claim: Claim;
  store: Store;
  /** Tells this program's own steps, in the words of the agent's. */
  channel: Channel;
  /** A line that the agent told. */
  onLine(line: string): void;
}

/**
 * Carries the bake out on this builder, up to the agent's result, and gives its inventory back.
 * Throws the errors of core/errors.ts for what is in the way before the agent begins.
 */
export const bakeHere = async (here: BakeHere): Promise<AgentResult> => {
  const { claim, store, channel, onLine } = here;
  const { order, job } = await channel.step("Prepare the builder", (say) => prepare(here, say));
  const { bundle } = job;
  const folder = join(claim.folder, "assets");
  const assets = await prepareAssets({ assets: order.recipe.assets, bundle, folder, channel });
  const files = { job: join(claim.folder, "job.json"), result: join(claim.folder, "agent.json") };
  await writeFile(files.job, JSON.stringify({ ...job, assets }), { mode: 0o600 });
  const secrets = await receiveSecrets(order, store);
  const end = await runAgentProcess({ ...files, secrets, lock: claim.lock, onLine });
  await giveInventory(store, job.inventory);
  return (await readResult(files.result)) ?? died(end);
};

const prepare = async ({ call, claim, store }: BakeHere, say: (line: string) => void) => {
  const text = await store.read(builderFiles.order, call.orderSha256);
  const order = BuilderOrder.parse(JSON.parse(text.toString("utf8")));
  if (order.bake !== call.bake) throw new Error(`the order is for ${order.bake}`);
  const bundle = join(claim.folder, "bundle");
  await unpackBundle(order, store, claim.folder, bundle);
  await installTools(order, say);
  await allowSandbox(say);
  const disk = await findWorkingDisk({ volumeId: order.volumeId });
  say(`${order.volumeId} is ${disk}`);
  const { bake, recipe, origin, architecture, rootVolumeSize } = order;
  const job: BakeJob = {
    ...{ kind: "bake", bake, recipe, origin, architecture, rootVolumeSize, disk, bundle },
    ...{ assets: {}, inventory: join(claim.folder, inventoryFile) },
  };
  return { order, job };
};

const unpackBundle = async (
  order: BuilderOrder,
  store: Store,
  folder: string,
  to: string,
): Promise<void> => {
  await mkdir(to);
  await chmod(to, 0o755); // steps see it, whoever they run as
  if (order.bundle === undefined) return;
  const archive = join(folder, builderFiles.bundle);
  await store.fetch(builderFiles.bundle, archive, order.bundle.sha256);
  await run(["tar", "-xzf", archive, "-C", to, "--no-same-owner"]);
};

/** An agent that failed early has none. */
const giveInventory = async (store: Store, path: string): Promise<void> => {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) await store.upload(builderFiles.inventory, path);
};

const died = (end: string): AgentResult => ({
  ...{ status: "failed", error: "AgentDied", message: `${end}, before it had a result` },
});
