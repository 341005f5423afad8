import { setTimeout as sleep } from "node:timers/promises";
import { isPublished, isShared, type Remainder } from "../../aws/remains.ts";
import { NotFound } from "../../core/errors.ts";
import { BakeId, ImageId } from "../../core/ids.ts";
import { StageRemains } from "../errors.ts";
import { inWords } from "./left.ts";
import type { Deployments, Left, TestedStage } from "./ports.ts";

/** How often a stage is emptied and removed: access logs come late, and fill a bucket again. */
const attempts = 3;

/**
 * Removes a stage with all that its bakes made: what runs is stopped, what it holds given back, what
 * it published removed. Throws StageRemains.
 */
export const removeStage = async (deployments: Deployments, name: string): Promise<void> => {
  let tested: TestedStage | undefined;
  const problems: string[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return false;
    }
  };
  await attempt(async () => (tested = await openIfThere(deployments, name)));
  await attempt(async () => tested?.emptyRecipes());
  await attempt(async () => tested && clear(tested));
  let isRemoved = false;
  for (let tries = 1; tries <= attempts && !isRemoved; tries++) {
    await attempt(async () => tested?.empty());
    isRemoved = await attempt(() => deployments.remove(name));
  }
  const left: Left[] = [];
  const isLooked = await attempt(async () => {
    left.push(...(await deployments.traces(name)), ...((await tested?.remains()) ?? []));
  });
  if (isRemoved && isLooked && left.length === 0) return;
  throw new StageRemains(remainsText(name, left, problems));
};

const openIfThere = async (
  deployments: Deployments,
  name: string,
): Promise<TestedStage | undefined> => {
  try {
    return await deployments.open(name);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
};

const remainsText = (name: string, left: readonly Left[], problems: readonly string[]): string =>
  [
    `the stage ${name} is not gone${problems.length > 0 ? `: ${[...new Set(problems)].join("; ")}` : ""}`,
    ...(left.length > 0 ? [`there is left: ${inWords(left)}`] : []),
    howToRemove(name),
  ].join("\n");

/** For whoever has a stage of the selftest's left. */
export const howToRemove = (name: string): string =>
  `\`ovenbird selftest --on aws --remove ${name}\` removes the stage with all that is in it; its CloudFormation stack is ${name}-ovenbird-Ovenbird`;

/**
 * Milliseconds after which a stopped bake's function makes nothing more that costs. CheckProvenance
 * may run longer, and makes no more than objects and tags.
 */
const longestTask = 60_000;

const pause = 15_000;

/** Milliseconds in which a drop that was read before it was removed becomes an execution. */
const longestStart = 10_000;

/**
 * Milliseconds in which EC2 ends and deletes what it was told to: the snapshot of a copy that is
 * under way goes only when that is complete, a quarter of an hour or more after it began.
 */
const patience = 30 * 60_000;

/** Stops what runs and gives back all that there is. Throws when it does not go. */
const clear = async (tested: TestedStage): Promise<void> => {
  await sleep(longestStart);
  if (await stopAll(tested)) await sleep(longestTask);
  const end = Date.now() + patience;
  for (;;) {
    const left = await tested.remains();
    if (left.length === 0) return;
    if (Date.now() > end) throw new Error(`what bakes made did not go: ${inWords(left)}`);
    await giveBack(tested, left);
    await sleep(pause);
  }
};

const stopAll = async ({ executions }: TestedStage): Promise<boolean> => {
  let stopped = false;
  for await (const { bake } of executions.list("running")) {
    await executions.stop(bake, "BakeStopped", "the stage of the selftest is being removed");
    stopped = true;
  }
  return stopped;
};

const giveBack = async (tested: TestedStage, left: readonly Remainder[]): Promise<void> => {
  for (const one of left.filter(isPublished)) await tested.retire(ImageId.parse(one.id));
  const held = left.filter((one) => !isPublished(one) && !isShared(one));
  const bakes = new Set(held.flatMap(({ tags }) => BakeId.safeParse(tags["bake"]).data ?? []));
  for (const bake of bakes) await tested.release(bake);
  await tested.removeCopies();
};
