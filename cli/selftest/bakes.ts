import { setTimeout as sleep } from "node:timers/promises";
import { polls } from "../../core/execution-events.ts";
import type { BakeEvent } from "../../core/bake-event.ts";
import { NotReady } from "../../core/errors.ts";
import type { BakeId, ImageId } from "../../core/ids.ts";
import { awaitBake, follow } from "../aws/follow.ts";
import { BakeFailure } from "../bake-failure.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import type { TestedStage } from "./ports.ts";
import {
  broken,
  endless,
  failing,
  good,
  spoken,
  type TestRecipe,
  wrong,
  wrongPlace,
} from "./recipes.ts";

/** Where bakes are looked on at. */
export interface Look {
  tested: TestedStage;
  events(event: BakeEvent): void;
  signal: AbortSignal;
}

/** Drops a recipe and waits for its bake to begin. Throws BakeFailure when it is refused. */
const begin = async ({ tested, signal }: Look, recipe: TestRecipe): Promise<BakeId> => {
  const { key, name, text } = recipe;
  const drop = await tested.push({ key, content: Buffer.from(text), parameters: {} });
  return awaitBake(tested, { drop, name }, { signal });
};

/** The image, or how the bake failed. */
const followed = async (
  { tested, events, signal }: Look,
  bake: BakeId,
  recipe: TestRecipe,
): Promise<ImageId | BakeFailure> => {
  try {
    return await follow(tested, { bake, shown: recipe.key, events, signal });
  } catch (error) {
    if (error instanceof BakeFailure) return error;
    throw error;
  }
};

/** Bakes an image, and holds that what its agent says is seen meanwhile. */
export const bakeGood = async (look: Look): Promise<{ bake: BakeId; imageId: ImageId }> => {
  let isHeard = false;
  const events = (event: BakeEvent) => {
    isHeard ||= event.event === "step-output" && event.text.includes(spoken);
    look.events(event);
  };
  const bake = await begin(look, good);
  const ended = await followed({ ...look, events }, bake, good);
  if (ended instanceof BakeFailure) {
    throw new Error(
      `the bake ${bake} should have published, and ${ended.status}: ${ended.message}`,
    );
  }
  if (isHeard) return { bake, imageId: ended };
  throw new Error(
    `the bake ${bake} published ${ended}, and nobody saw what its step says: no line of its agent's came through the log group ${look.tested.stage.agentLogGroup}`,
  );
};

/** Bakes what fails, and holds that it is said where and how. */
export const bakeBroken = async (look: Look): Promise<BakeId> => {
  const bake = await begin(look, broken);
  const ended = await followed(look, bake, broken);
  if (!(ended instanceof BakeFailure)) {
    throw new Error(
      `the bake ${bake} published ${ended}, though its step ends with status ${failing.status}`,
    );
  }
  const code = exitCodeOf(ended);
  if (code !== exitCodes.failed) {
    throw new Error(
      `the bake ${bake} ended with exit code ${code}, by ${ended.name}; for a step that fails it is ${exitCodes.failed}: ${ended.message}`,
    );
  }
  const isNamed = ended.message.includes(`"${failing.step}"`);
  const hasStatus = new RegExp(`\\bstatus ${failing.status}\\b`).test(ended.message);
  if (isNamed && hasStatus) return bake;
  throw new Error(
    `the bake ${bake} failed without naming its step "${failing.step}" and status ${failing.status}: ${ended.message}`,
  );
};

/** Stops a bake whose agent is at work, and holds that it ends as stopped. */
export const bakeStopped = async (look: Look): Promise<BakeId> => {
  const bake = await begin(look, endless);
  const stopping = stopInMidst(look, bake);
  const [ended] = await Promise.all([followed(look, bake, endless), stopping]);
  if (ended instanceof BakeFailure && ended.status === "stopped") return bake;
  const how = ended instanceof BakeFailure ? `${ended.status}: ${ended.message}` : `made ${ended}`;
  throw new Error(`the bake ${bake} was stopped while its builder ran, and ${how}`);
};

/** Milliseconds between two looks at what a bake does. */
const pause = 3000;

const stopInMidst = async ({ tested, signal }: Look, bake: BakeId): Promise<void> => {
  const { executions } = tested;
  while (!(await isAgentAtWork(tested, bake))) {
    if ((await executions.describe(bake))?.status !== "running") return; // told by how it ended
    await sleep(pause, undefined, { signal });
  }
  await executions.stop(bake, "BakeStopped", "the selftest stopped it in its midst");
};

/** The builder runs then, with its working disk: the task has asked for it once, at least. */
const isAgentAtWork = async ({ executions }: TestedStage, bake: BakeId): Promise<boolean> => {
  const history = await executions.history(bake);
  const entered = history.find(
    ({ type, state }) => type === "TaskStateEntered" && state === "RunAgent",
  );
  return (
    entered !== undefined &&
    history.some(({ id, error }) => id > entered.id && error !== undefined && polls.has(error))
  );
};

/** How often it is dropped: S3 says that its events come some five minutes after they were asked for. */
const drops = 3;

/**
 * Drops what is no recipe, and holds that it is refused with the place of what is wrong. To be done
 * first in a new stage: it waits until S3's events come.
 */
export const dropWrong = async (look: Look): Promise<void> => {
  let refused: unknown;
  for (let tries = 1; tries <= drops; tries++) {
    refused = await begin(look, wrong).catch((error: unknown) => error);
    if (!(refused instanceof NotReady)) break;
  }
  if (typeof refused === "string") {
    throw new Error(`${wrong.key} has a key that no recipe has, and its bake ${refused} began`);
  }
  if (!(refused instanceof BakeFailure)) throw refused;
  const code = exitCodeOf(refused);
  if (code === exitCodes.usage && refused.message.includes(wrongPlace)) return;
  throw new Error(
    `${wrong.key} was refused with exit code ${code} and not with ${exitCodes.usage} and the place ${wrongPlace}: ${refused.message}`,
  );
};
