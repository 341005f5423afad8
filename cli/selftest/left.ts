import { setTimeout as sleep } from "node:timers/promises";
import { isPublished, isShared, type Remainder } from "../../aws/remains.ts";
import { latestParameter } from "../../aws/latest-image.ts";
import type { Left, TestedStage } from "./ports.ts";
import { good } from "./recipes.ts";

const pause = 15_000;

/** Things in words: `instance i-…, volume vol-…`. */
export const inWords = (things: readonly Left[]): string =>
  things.map(({ kind, id }) => `${kind} ${id}`).join(", ");

/** Waits until `find` finds nothing; what it found last. */
const awaitNone = async <T>(
  find: () => Promise<T[]>,
  minutes: number,
  signal?: AbortSignal,
): Promise<T[]> => {
  const end = Date.now() + minutes * 60_000;
  for (;;) {
    const found = await find();
    if (found.length === 0 || Date.now() > end) return found;
    await sleep(pause, undefined, { signal });
  }
};

/**
 * Minutes in which all that bakes held is gone: the second release comes a quarter of an hour after
 * a bake's end, and what ends then takes some minutes.
 */
const releasePatience = 20;

/**
 * Holds that bakes have left nothing but the published image, and what is the whole stage's: of the
 * image its snapshot and its parameter. Throws with what is left, and of which bake.
 */
export const nothingIsLeft = async (tested: TestedStage, signal: AbortSignal): Promise<void> => {
  const find = async () => surplus(tested, await tested.remains());
  const left = await awaitNone(find, releasePatience, signal);
  if (left.length === 0) return;
  const bakes = new Set(left.map(({ tags }) => tags["bake"] ?? "nobody"));
  throw new Error(
    `${releasePatience} minutes after the last bake there is left of ${[...bakes].join(" and ")}: ${inWords(left)}`,
  );
};

const surplus = ({ stage }: TestedStage, all: readonly Remainder[]): Remainder[] => {
  const image = all.find((one) => isPublished(one) && one.tags["recipe"] === good.name);
  const behind = new Set(image?.snapshots);
  const allowed = (one: Remainder) =>
    isShared(one) ||
    one === image ||
    (one.kind === "snapshot" && behind.has(one.id)) ||
    (one.id === latestParameter(stage, good.name) && image !== undefined);
  return all.filter((one) => !allowed(one));
};

/** Minutes in which EC2 has forgotten what was deleted. */
const deletionPatience = 5;

/** Holds that nothing at all carries the stage's tag any more. Throws with what does. */
export const nothingAtAll = async (tested: TestedStage, signal?: AbortSignal): Promise<void> => {
  const left = await awaitNone(() => tested.remains(), deletionPatience, signal);
  if (left.length > 0) throw new Error(`there is left: ${inWords(left)}`);
};
