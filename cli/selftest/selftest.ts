import type { BakeEvent } from "../../core/bake-event.ts";
import { StageRemains } from "../errors.ts";
import { bakeBroken, bakeGood, bakeStopped, dropWrong, type Look } from "./bakes.ts";
import { imageIsRight, isLatest } from "./image.ts";
import { type Findings, type Journal, openJournal } from "./journal.ts";
import { nothingAtAll, nothingIsLeft } from "./left.ts";
import type { Deployments } from "./ports.ts";
import { good, policy, policyKey } from "./recipes.ts";
import { howToRemove, removeStage } from "./remove.ts";
import { failureIsTold, publishedIsTold, refusalIsTold, stopIsTold } from "./told.ts";

export interface SelftestOrder {
  deployments: Deployments;
  /** Of the throw-away stage. */
  name: string;
  /** Whether the stage stays. */
  keep: boolean;
  signal: AbortSignal;
  /** Told while bakes run. */
  events(event: BakeEvent): void;
  say(line: string): void;
}

/**
 * Deploys a stage, bakes in it what should succeed and what should not, looks what is left, and
 * removes the stage, whatever happened before. What is not as it should be is in the findings.
 * Throws when it was told to stop, after it has removed the stage.
 */
export const selftest = async (order: SelftestOrder): Promise<Findings> => {
  const { deployments, name, keep, signal, say } = order;
  const journal = openJournal(signal, say);
  const stopped = await testStage(order, journal).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (keep) say(`the stage ${name} is kept. ${howToRemove(name)}`);
  else await journal.prove("the stage is removed", () => removeStage(deployments, name), "always");
  if (stopped === undefined) return journal;
  const problem = keep ? undefined : journal.proofs.at(-1)?.problem;
  if (problem === undefined) throw stopped.error;
  throw new AggregateError([stopped.error, new StageRemains(problem)]);
};

const testStage = async (order: SelftestOrder, journal: Journal): Promise<void> => {
  const { deployments, name, signal } = order;
  const tested = await journal.prove("a stage is deployed", async () => {
    await deployments.deploy(name);
    const opened = await deployments.open(name);
    await opened.push({ key: policyKey, content: Buffer.from(policy), parameters: {} });
    return opened;
  });
  if (tested === undefined) return; // of a stage that is not there nothing else can be shown
  const events = (event: BakeEvent) => {
    journal.time(event);
    order.events(event);
  };
  const look = { tested, signal, events };
  await testRefusal(look, journal);
  const image = await testImage(look, journal);
  await testFailure(look, journal);
  await testStop(look, journal);
  await journal.prove("bakes left nothing but the image", () => nothingIsLeft(tested, signal));
  await journal.prove("the image is removed, and nothing is left", async () => {
    if (image !== undefined) await tested.retire(image);
    await tested.removeCopies();
    await nothingAtAll(tested, signal);
  });
};

const testRefusal = async (look: Look, { prove }: Journal): Promise<void> => {
  const { tested, signal } = look;
  await prove("a wrong recipe is refused, with the place", () => dropWrong(look));
  await prove("subscribers are told of that", () => refusalIsTold(tested, signal));
};

/** The id of the image that was published, if one was. */
const testImage = async (look: Look, { prove }: Journal) => {
  const { tested, signal } = look;
  const baked = await prove("a recipe becomes an image, its lines seen live", () => bakeGood(look));
  if (baked === undefined) return undefined;
  await prove("the image's attributes and tags", () => imageIsRight(tested, baked));
  await prove(`it is the latest ${good.name}`, () => isLatest(tested, baked));
  await prove("subscribers are told of it", () => publishedIsTold(tested, baked, signal));
  return baked.imageId;
};

const testFailure = async (look: Look, { prove }: Journal): Promise<void> => {
  const { tested, signal } = look;
  const failed = await prove("a step that fails is named, with its status", () => bakeBroken(look));
  if (failed === undefined) return;
  await prove("subscribers are told of that failure", () => failureIsTold(tested, failed, signal));
};

const testStop = async (look: Look, { prove }: Journal): Promise<void> => {
  const { tested, signal } = look;
  const stopped = await prove("a bake is stopped in its midst", () => bakeStopped(look));
  if (stopped === undefined) return;
  await prove("subscribers are told of that stop", () => stopIsTold(tested, stopped, signal));
};
