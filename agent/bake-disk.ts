import { basename } from "node:path";
import { NotBootable } from "../core/errors.ts";
import type { CheckRun } from "../core/inventory/found/check-run.ts";
import type { DiskFacts } from "../core/job.ts";
import type { BakeOrder } from "./bake-order.ts";
import { deviceNames } from "./boot/device-names.ts";
import type { BootMount } from "./boot/mounts.ts";
import { commandLineOf } from "./boot/command-line.ts";
import { refreshBootLoader } from "./boot/refresh.ts";
import type { RefreshOrder } from "./boot/refresh-context.ts";
import { runChecks } from "./checks.ts";
import { checkHost } from "./host/check.ts";
import { runHostCommands } from "./host/commands.ts";
import { afterSteps } from "./hygiene.ts";
import { inside } from "./inside.ts";
import { openListCache } from "./inventory/apt-lists/cache.ts";
import { openOriginNotes } from "./inventory/apt-lists/notes.ts";
import { openHeadStart } from "./inventory/head-start.ts";
import { readRegions } from "./disk/read-regions.ts";
import { takeInventory } from "./inventory/take.ts";
import { openThreads } from "./inventory/threads.ts";
import { type InventoryFile, openInventoryFile } from "./inventory/write.ts";
import { maskOf } from "./mask.ts";
import { newDisk } from "./new-disk.ts";
import { lateNetwork, type LateNetwork } from "./network.ts";
import { originDisk } from "./origin-disk.ts";
import { asBaked, beginComparison, isAsBaked } from "./parent-disk.ts";
import type { ReadyDisk } from "./ready-disk.ts";
import { attempt, run } from "./run.ts";
import { lateSandbox } from "./late-sandbox.ts";
import type { SandboxOrder } from "./sandbox.ts";
import { openKeeper } from "./step-cache/keep.ts";
import { resumeDisk } from "./step-cache/resume.ts";
import { runSteps } from "./steps.ts";

/** Makes the working disk what the recipe says. Throws the errors of core/errors.ts. */
export const bakeDisk = async (order: BakeOrder): Promise<DiskFacts> => {
  using file = openInventoryFile(order.job.inventory);
  const facts = await bakeMounted(order, file);
  // the EFI system partition may have been written when it was unmounted
  await file.end(await readRegions(order.job.disk));
  return facts;
};

/** The disk is unmounted by then. */
const bakeMounted = async (order: BakeOrder, file: InventoryFile): Promise<DiskFacts> => {
  const { job, channel, scratch } = order;
  const { beforeMount, afterMount } = await checkHost(job.recipe.host);
  const onHost = { disk: job.disk, parameters: job.recipe.parameters, channel };
  // what commands of the host change, they need not leave a trace of
  const isTraced = beforeMount.length + afterMount.length === 0;
  const commandsFirst = beforeMount.length > 0;
  await using threads = openThreads();
  const compare = await beginComparison(order, { threads, commandsFirst });
  await runHostCommands({ ...onHost, key: "before_mount", commands: beforeMount });
  await using network = lateNetwork(scratch);
  // made while the disk is opened; whoever needs it hears of what went wrong
  if (hasWork(job)) network.open().catch(() => undefined);
  const started = Date.now();
  const resumed = await resumeDisk(order, network);
  await using disk = await readyDisk(order, network, resumed !== undefined);
  const { root, fileSystem, mounts } = disk;
  const fat = fatIn(mounts);
  const compared = resumed === undefined ? await compare?.({ root, fat }) : undefined;
  const parent = compared?.parent ?? (compare && asBaked);
  await runHostCommands({ ...onHost, key: "after_mount", commands: afterMount, root });
  const made = job.recipe.origin.kind === "scratch" && resumed === undefined;
  const lists = job.packageCache && openListCache(job.packageCache.lists);
  const notes = openOriginNotes(root, resumed?.origins ?? disk.origins, lists);
  const began = made ? started : Date.now();
  // a later bake that resumes from it would not see what was wrong with the parent
  const keeper = isAsBaked(parent)
    ? openKeeper({ ...order, disk, resumed, notes, began })
    : undefined;
  const done = resumed?.steps ?? 0;
  const read = isTraced ? compared?.known : undefined;
  const ahead = { root, threads, ...(read && { known: read }) };
  const isIdle = read !== undefined && job.recipe.steps.length === done;
  await using headStart = isIdle ? undefined : await openHeadStart(ahead);
  await runSteps({ ...order, root, network, mounts, done, keeper, notes });
  const found = await channel.step("Finish the disk", async (say) => {
    const kernel = await refreshed({ ...order, root, network, mounts, say });
    await afterSteps({ root, keep: job.recipe.hygiene.keep, say });
    return { fileSystem, kernel, ...(await disk.facts()) };
  });
  const checks = await checked({ ...order, root, network, mounts });
  const inventory = await channel.step("Take the inventory", async (say) => {
    const settled = settle(root, say);
    const left = settled.catch(() => undefined); // nothing may be at work in what is unmounted
    try {
      return await takeInventory({
        ...{ root, threads, origins: notes.found, fat, settled, say },
        ...{ known: headStart?.end ?? (async () => read ?? new Map()), ...rememberedIn(job) },
      });
    } finally {
      await left;
    }
  });
  file.begin({
    ...{ ...inventory, ...(checks && { checks }), ...(parent && { parent }) },
    resumed: resumed === undefined ? null : { steps: resumed.steps, bake: resumed.bake },
  });
  return found;
};

const hasWork = ({ recipe: { origin, steps } }: BakeOrder["job"]): boolean =>
  origin.kind === "scratch" || steps.length > 0;

/** Writes what is in memory to the disk, and gives back what is free on it. */
const settle = async (root: string, say: (line: string) => void): Promise<void> => {
  // what was deleted a moment ago is free on the disk only when the file system has said so there
  await run(["sync", "--file-system", root]);
  // a freed block is a hole in the disk's file; without discard it is only a larger file
  const trimmed = await attempt(["fstrim", "--verbose", root]);
  trimmed.tail.forEach(say);
};

const rememberedIn = ({ remembered }: BakeOrder["job"]) =>
  remembered !== undefined && { remembered };

const fatIn = (mounts: readonly BootMount[]): string[] =>
  mounts.filter(({ type }) => type === "vfat").map(({ path }) => path);

const readyDisk = (
  order: BakeOrder,
  network: LateNetwork,
  resumed: boolean,
): Promise<ReadyDisk> => {
  const { origin } = order.job.recipe;
  if (origin.kind === "scratch" && !resumed) return newDisk(order, origin, network);
  return originDisk(order, { resumed });
};

/** The kernel that boots, after every boot loader was made to boot the newest. */
const refreshed = async (
  order: Omit<SandboxOrder, "cmdline" | "deviceNames"> & Pick<RefreshOrder, "mounts" | "say">,
): Promise<string> => {
  const { root, mounts, say } = order;
  const cmdline = await commandLineOf(root);
  await using sandbox = lateSandbox({ ...order, cmdline, deviceNames: deviceNames(mounts) });
  const [boots] = await refreshBootLoader({ sandbox, mounts, say });
  if (boots === undefined) throw new NotBootable("the image has no boot loader");
  return basename(await inside(root, boots.kernel));
};

/** What the policy's own checks say of the finished image; undefined when there are none. */
const checked = async (
  order: BakeOrder & Omit<SandboxOrder, "cmdline" | "deviceNames"> & Pick<RefreshOrder, "mounts">,
): Promise<CheckRun[] | undefined> => {
  const { root, mounts, job, secrets, channel } = order;
  const { checks = [], parameters } = job.recipe;
  if (checks.length === 0) return undefined;
  return channel.step("Run the policy's checks", async (say) => {
    const cmdline = await commandLineOf(root);
    await using sandbox = lateSandbox({ ...order, cmdline, deviceNames: deviceNames(mounts) });
    const mask = maskOf(Object.values(secrets));
    return await runChecks({ checks, sandbox, parameters, mask, say });
  });
};
