import { setTimeout as sleep } from "node:timers/promises";
import type { Announcement } from "../../core/announcement.ts";
import type { BakeId, ImageId } from "../../core/ids.ts";
import type { TestedStage } from "./ports.ts";
import { failing, wrong, wrongPlace } from "./recipes.ts";

/** Milliseconds that an announcement may take: EventBridge and its log take seconds. */
const patience = 5 * 60_000;
const pause = 5000;

interface Awaited {
  /** What it is to say, for people. */
  of: string;
  fits(announcement: Announcement): boolean;
}

/** Waits for an announcement that subscribers are told. Throws when none comes. */
const awaitTold = async (
  tested: TestedStage,
  { of, fits }: Awaited,
  signal: AbortSignal,
): Promise<void> => {
  let told: Announcement[] = [];
  for (let waited = 0; waited < patience; waited += pause) {
    told = await tested.told();
    if (told.some(fits)) return;
    await sleep(pause, undefined, { signal });
  }
  const came = told.map(({ id, outcome }) => `${outcome} of ${id}`).join(", ") || "none at all";
  throw new Error(`no announcement ${of} came in ${patience / 60_000} minutes; what came: ${came}`);
};

export const publishedIsTold = (
  tested: TestedStage,
  { bake, imageId }: { bake: BakeId; imageId: ImageId },
  signal: AbortSignal,
): Promise<void> => {
  const fits = (one: Announcement) =>
    one.outcome === "published" && one.bake === bake && one.imageId === imageId;
  return awaitTold(tested, { of: `that ${bake} published ${imageId}`, fits }, signal);
};

export const failureIsTold = (tested: TestedStage, bake: BakeId, signal: AbortSignal) => {
  const fits = (one: Announcement) =>
    one.outcome === "failed" && one.bake === bake && one.message.includes(failing.step);
  const of = `that ${bake} failed, with the name of its step,`;
  return awaitTold(tested, { of, fits }, signal);
};

export const stopIsTold = (tested: TestedStage, bake: BakeId, signal: AbortSignal) => {
  const fits = (one: Announcement) => one.outcome === "stopped" && one.bake === bake;
  return awaitTold(tested, { of: `that ${bake} was stopped`, fits }, signal);
};

const isRefusal = (one: Announcement): boolean =>
  one.outcome === "failed" && one.name === wrong.key && one.message.includes(wrongPlace);

export const refusalIsTold = (tested: TestedStage, signal: AbortSignal) => {
  const of = `that ${wrong.key} was refused, with the place ${wrongPlace},`;
  return awaitTold(tested, { of, fits: isRefusal }, signal);
};
