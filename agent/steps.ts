import { readFile } from "node:fs/promises";
import type { BakeJob } from "../core/job.ts";
import { mountAssets } from "./assets.ts";
import { deviceNames } from "./boot/device-names.ts";
import { commandLineOf } from "./boot/command-line.ts";
import type { BootMount } from "./boot/mounts.ts";
import { openBootStandIns } from "./boot/stand-ins.ts";
import type { Channel } from "./channel.ts";
import { openCopiedFiles } from "./host/copied-files.ts";
import { openHostMounts } from "./host/mounts.ts";
import { folderInside } from "./inside.ts";
import { aptLists, type OriginNotes } from "./inventory/apt-lists/notes.ts";
import type { LateNetwork } from "./network.ts";
import { packageManagerOf } from "./package-managers.ts";
import { type OpenSandbox, openSandbox } from "./sandbox.ts";
import { StandIns, stepStandIns } from "./stand-ins.ts";
import type { Keeper } from "./step-cache/keep.ts";
import { runStep } from "./steps/run-step.ts";
import { openTemporary } from "./temporary.ts";
import { useAll } from "./use-all.ts";

export interface StepsOrder {
  job: BakeJob;
  root: string;
  network: LateNetwork;
  secrets: Record<string, string>;
  channel: Channel;
  mounts: readonly BootMount[];
  /** A folder on a tmpfs. */
  scratch: string;
  /** How many steps an earlier bake did: the disk is as they left it. */
  done: number;
  keeper: Keeper | undefined;
  /** Where packages are from that steps install. */
  notes: OriginNotes;
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
  /** Where apt has its lists, on a tmpfs; absent where the image has another package manager. */
  aptLists: string | undefined;
  /** Before every step; answers variables for its programs. Throws CommandFailed. */
  prepare(): Promise<Record<string, string>>;
  /** Puts the image's own files back, until the next step is prepared. Throws CommandFailed. */
  tidy(): Promise<void>;
}

/** Makes an image a place for steps; when the scope ends, its own files are put back. */
export const openWorkplace = async (
  order: Omit<StepsOrder, "channel" | "secrets" | "done" | "keeper" | "notes">,
): Promise<Workplace> => {
  const { job, root, network, mounts, scratch } = order;
  const manager = await packageManagerOf(root);
  const caches = (manager?.caches ?? []).map((path) => ({ path, mode: "0755" }));
  const folders = [...temporary, ...caches];
  const cmdline = await commandLineOf(root);
  const names = deviceNames(mounts);
  await using held = new AsyncDisposableStack();
  const [memory, sandbox] = await useAll(held, [
    openTemporary(root, folders, scratch),
    openSandbox({ root, network, scratch, cmdline, deviceNames: names }),
  ]);
  held.use(await mountAssets(job.assets, await folderInside(root, "/run")));
  const runFolder = memory.memoryOf("/run");
  const hasLists = folders.some(({ path }) => path === aptLists);
  const { host } = job.recipe;
  held.use(await openHostMounts(root, host?.mounts ?? [], mounts));
  held.use(await openCopiedFiles(root, host?.copyFiles ?? []));
  const resolvConf = await readFile((await network.open()).resolvConf, "utf8");
  const standIns = new StandIns(root, stepStandIns(resolvConf, manager));
  const bootStandIns = held.use(await openBootStandIns(sandbox, mounts));
  const tidy = async () => {
    await standIns.remove();
    await bootStandIns.remove();
  };
  held.defer(() => standIns.remove());
  const prepare = async () => {
    await standIns.place();
    return bootStandIns.place();
  };
  const place = held.move();
  const lists = hasLists ? memory.memoryOf(aptLists) : undefined;
  const workplace = { sandbox, runFolder, aptLists: lists, prepare, tidy };
  return { ...workplace, [Symbol.asyncDispose]: () => place.disposeAsync() };
};

/** Runs the recipe's steps in order, until one fails. */
export const runSteps = async (order: StepsOrder): Promise<void> => {
  const { job, channel, done, keeper, notes } = order;
  const { steps } = job.recipe;
  if (steps.length === 0) return;
  await using held = new AsyncDisposableStack();
  const place = held.use(await openWorkplace(order));
  held.defer(notes.rest);
  const { sandbox, runFolder, tidy } = place;
  const lists = listsOf(place, notes);
  let remarks = sandbox.remarks;
  await keeper?.after(0, sandbox, tidy);
  for (const [index, step] of steps.entries()) {
    if (step.skipped !== undefined) {
      channel.skipped(step.name, step.skipped);
      continue;
    }
    if (index < done) {
      channel.skipped(step.name, "unchanged: an earlier bake did it");
      continue;
    }
    await channel.step(step.name, async (say) => {
      remarks.forEach(say);
      remarks = [];
      const environment = await place.prepare();
      await runStep({ ...order, sandbox, runFolder, lists, environment, say }, step, index + 1);
    });
    await keeper?.after(index + 1, sandbox, tidy);
  }
  await notes.look(); // lists go with the memory that they lie on
};

const listsOf = ({ aptLists: folder }: Workplace, notes: OriginNotes) =>
  folder === undefined
    ? undefined
    : { seed: () => notes.seed(folder), readAhead: () => notes.readAhead(folder) };
