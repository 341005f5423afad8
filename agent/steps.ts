import { readFile } from "node:fs/promises";
import type { BakeJob } from "../core/job.ts";
import { mountAssets } from "./assets.ts";
import { commandLineOf } from "./boot/command-line.ts";
import type { BootMount } from "./boot/mounts.ts";
import { openBootStandIns } from "./boot/stand-ins.ts";
import type { Channel } from "./channel.ts";
import { folderInside } from "./inside.ts";
import type { StepNetwork } from "./network.ts";
import { packageManagerOf } from "./package-managers.ts";
import { type OpenSandbox, openSandbox } from "./sandbox.ts";
import { StandIns, stepStandIns } from "./stand-ins.ts";
import { runStep } from "./steps/run-step.ts";
import { openTemporary } from "./temporary.ts";

export interface StepsOrder {
  job: BakeJob;
  root: string;
  network: StepNetwork;
  secrets: Record<string, string>;
  channel: Channel;
  mounts: readonly BootMount[];
  /** A folder on a tmpfs. */
  scratch: string;
}

/** Temporary by their nature; on memory, what steps leave there never reaches the disk. */
const temporary = [
  { path: "/run", mode: "0755" },
  { path: "/tmp", mode: "1777" },
  { path: "/var/tmp", mode: "1777" },
];

/** Where steps run: the image, with all that they are promised to find. */
export interface Workplace extends AsyncDisposable {
  sandbox: OpenSandbox;
  /** The image's `/run`, on a tmpfs. */
  runFolder: string;
  /** Before every step; answers variables for its programs. Throws CommandFailed. */
  prepare(): Promise<Record<string, string>>;
}

/** Makes an image a place for steps; when the scope ends, its own files are put back. */
export const openWorkplace = async (
  order: Omit<StepsOrder, "channel" | "secrets">,
): Promise<Workplace> => {
  const { job, root, network, mounts, scratch } = order;
  const folders = [...temporary, ...(await packageCaches(root))];
  await using held = new AsyncDisposableStack();
  held.use(await openTemporary(root, folders, scratch));
  const runFolder = await folderInside(root, "/run");
  held.use(await mountAssets(job.assets, runFolder));
  const standIns = new StandIns(root, stepStandIns(await readFile(network.resolvConf, "utf8")));
  const cmdline = await commandLineOf(root);
  const sandbox = held.use(await openSandbox({ root, network, scratch, cmdline }));
  const bootStandIns = held.use(await openBootStandIns(sandbox, mounts));
  held.defer(() => standIns.remove());
  const prepare = async () => {
    await standIns.place();
    return bootStandIns.place();
  };
  const place = held.move();
  return { sandbox, runFolder, prepare, [Symbol.asyncDispose]: () => place.disposeAsync() };
};

/** Runs the recipe's steps in order, until one fails. */
export const runSteps = async (order: StepsOrder): Promise<void> => {
  const { job, channel } = order;
  await using place = await openWorkplace(order);
  const { sandbox, runFolder } = place;
  let remarks = sandbox.remarks;
  for (const [index, step] of job.recipe.steps.entries()) {
    if (step.skipped !== undefined) {
      channel.skipped(step.name, step.skipped);
      continue;
    }
    await channel.step(step.name, async (say) => {
      remarks.forEach(say);
      remarks = [];
      const environment = await place.prepare();
      await runStep({ ...order, sandbox, runFolder, environment, say }, step, index + 1);
    });
  }
};

const packageCaches = async (root: string) =>
  ((await packageManagerOf(root))?.caches ?? []).map((path) => ({ path, mode: "0755" }));
