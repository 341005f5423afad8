import { setTimeout as sleep } from "node:timers/promises";
import { isPublication, outcomeOf, whyOf } from "../../core/bake-ended.ts";
import type { BakeEvent } from "../../core/bake-event.ts";
import { bakeOfDrop, dropHash, type DropVersion } from "../../core/drop.ts";
import { NotReady } from "../../core/errors.ts";
import { historyReader } from "../../core/execution-events.ts";
import type { EndedExecution, ExecutionStatus } from "../../core/executions.ts";
import type { BakeId, ImageId } from "../../core/ids.ts";
import { BakeFailure } from "../bake-failure.ts";
import type { Cloud } from "./cloud.ts";

type Followed = Pick<Cloud, "executions" | "fates" | "lines">;

export interface FollowOrder {
  bake: BakeId;
  /** How people are told of its recipe. */
  shown: string;
  events(event: BakeEvent): void;
  signal: AbortSignal;
  /** Milliseconds between two looks: Step Functions lets an account look 15 times a second. */
  pause?: number;
}

/** Milliseconds that a drop's event may take; S3 says seconds, and sometimes more than a minute. */
const patience = 5 * 60_000;

/**
 * Waits until a drop's bake has begun; its id. Throws BakeFailure when it was refused, NotReady
 * when nothing comes of it.
 */
export const awaitBake = async (
  { executions, fates }: Pick<Followed, "executions" | "fates">,
  { drop, name }: { drop: DropVersion; name: string },
  { signal, pause = 1000 }: Pick<FollowOrder, "signal" | "pause">,
): Promise<BakeId> => {
  const bake = bakeOfDrop(name, drop);
  for (let waited = 0; waited < patience; waited += pause) {
    if ((await executions.describe(bake)) !== undefined) return bake;
    const fate = await fates.of(dropHash(drop));
    if (fate?.outcome === "refused") {
      throw new BakeFailure(fate.error, fate.message, "failed", undefined);
    }
    if (fate?.outcome === "ignored") {
      throw new BakeFailure("DropIgnored", fate.why, "failed", undefined);
    }
    await sleep(pause, undefined, { signal });
  }
  throw new NotReady(
    `nothing came of ${drop.key} in ${patience / 60_000} minutes: does the stage's rule for drops run, and its function StartBake?`,
  );
};

/** Tells what happens in a bake until it ends; its image. Throws BakeFailure. */
export const follow = async (cloud: Followed, order: FollowOrder): Promise<ImageId> => {
  const { bake, shown, events, signal, pause = 2000 } = order;
  const told = teller(cloud, order);
  let ended = await cloud.executions.describe(bake);
  events({
    event: "bake-started",
    at: ended?.started.getTime() ?? Date.now(),
    bake,
    recipe: shown,
  });
  for (;;) {
    await told.more(); // after it ended, too: what it said last comes then
    if (ended !== undefined && ended.status !== "running") {
      return finish(order, ended, { how: ended.status, isPublished: told.isPublished() });
    }
    await sleep(pause, undefined, { signal });
    ended = await cloud.executions.describe(bake);
  }
};

/** Tells what is new each time that it is asked for more: states first, as steps belong to one. */
const teller = ({ executions, lines }: Followed, { bake, events }: FollowOrder) => {
  const read = historyReader();
  let after = 0;
  let token: string | undefined;
  let isPublished = false;
  return {
    isPublished: () => isPublished,
    async more() {
      const history = await executions.history(bake, after);
      const said = await lines.since(bake, token);
      after = history.at(-1)?.id ?? after;
      token = said.next;
      isPublished ||= history.some(isPublication);
      const happenings = [...history.flatMap(read), ...said.events];
      for (const happening of happenings.toSorted((one, other) => one.at - other.at)) {
        events({ ...happening, bake });
      }
    },
  };
};

const finish = (
  { bake, events }: FollowOrder,
  ended: EndedExecution,
  { how, isPublished }: { how: Exclude<ExecutionStatus, "running">; isPublished: boolean },
): ImageId => {
  const at = ended.ended?.getTime() ?? Date.now();
  const end = { event: "bake-finished", at, bake, seconds: (at - ended.started.getTime()) / 1000 };
  const { imageId } = ended;
  if (how === "succeeded" && imageId !== undefined) {
    events({ ...end, event: "bake-finished", status: "published", imageId });
    return imageId;
  }
  const { error, message: why } = whyOf(how, ended);
  const message = isPublished ? `${why}; its image was published before that, and stays` : why;
  const status = outcomeOf(how, error);
  events({ ...end, event: "bake-finished", status, error, message });
  throw new BakeFailure(error, message, status, undefined);
};
