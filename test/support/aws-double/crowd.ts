import { BakeId } from "../../../core/ids.ts";
import { disk } from "../local-state.ts";
import { type AwsBakery, type BakeOutcome, type BakeryOrder, openAwsBakery } from "./bakery.ts";
import { type Bucket, bucketOf } from "./buckets.ts";
import { virtualClock } from "./clock.ts";
import type { Run } from "./executions.ts";
import type { Latencies } from "./world.ts";

/** How bakes went that were all begun at once. */
export interface Crowd {
  /** From the first until the last has ended, in virtual time. */
  seconds: number;
  /** How many failed, by the error and its message. */
  failed: Record<string, number>;
  /** How many calls EC2 let through, by their names. */
  calls: Map<string, number>;
  /** How many it refused because its tokens were used up. */
  throttled: number;
  /** How long each took to its end, in seconds: the quickest first. */
  each: number[];
  /** By task, how long each was in it, waits among it, in seconds: the quickest first. */
  tasks: Map<string, number[]>;
}

const bakeOf = (index: number): BakeId =>
  BakeId.parse(`web-${index.toString(16).padStart(16, "0")}-1`);

/**
 * So many bakes of one stock image at once, each with a test, under EC2's token buckets; by the
 * handlers of another stage than the usual one, if any are given.
 */
export const bakeAtOnce = async (
  count: number,
  order: Pick<BakeryOrder, "handlers"> = {},
): Promise<Crowd> => {
  const clock = virtualClock({ grain: 20 });
  const bakery = openAwsBakery({ ...order, clock, throttles: true, longPages: true });
  await warm(bakery);
  const began = clock.now();
  const ids = Array.from({ length: count }, (_, index) => bakeOf(index + 1));
  const ends = await bakery.run(() => Promise.all(ids.map((id) => bakery.bake(id))));
  const ended = lastEnd(bakery);
  const runs = [...bakery.runs.values()].filter(({ started }) => started >= began);
  const asked = bakery.aws.calls.filter(({ isEc2, at }) => isEc2 && at <= ended);
  return {
    seconds: (ended - began) / 1000,
    failed: tally(ends.flatMap((one) => (one.status === "SUCCEEDED" ? [] : [inWords(one)]))),
    calls: new Map(Object.entries(tally(letIn(bakery)))),
    each: ascending(runs.map(({ started, ended: end = 0 }) => (end - started) / 1000)),
    tasks: timesInTasks(runs),
    throttled: asked.filter(({ wasLet }) => wasLet !== true).length,
  };
};

const ascending = (numbers: readonly number[]): number[] =>
  numbers.toSorted((one, other) => one - other);

const timesInTasks = (runs: readonly Run[]): Map<string, number[]> => {
  const spans = runs.flatMap(({ events }) => {
    const entered = new Map<string, number>();
    return events.flatMap(({ type, state = "", at }) => {
      if (type === "TaskStateEntered") entered.set(state, at);
      const since = type === "TaskStateExited" ? entered.get(state) : undefined;
      return since === undefined ? [] : [{ state, seconds: (at - since) / 1000 }];
    });
  });
  const byTask = [...Map.groupBy(spans, ({ state }) => state)];
  return new Map(
    byTask.map(([state, all]) => [state, ascending(all.map(({ seconds }) => seconds))]),
  );
};

/** The stock image is copied into the account ahead of need. */
const warm = async (bakery: AwsBakery): Promise<void> => {
  await bakery.run(() => bakery.bake(bakeOf(0)));
  await bakery.run(() => bakery.aws.sleep(60_000));
  bakery.aws.calls.length = 0;
};

/** When the last execution ended. */
const lastEnd = ({ runs }: AwsBakery): number =>
  [...runs.values()].reduce((last, { ended = 0 }) => Math.max(last, ended), 0);

/** What EC2 let through until then; what looks again after a bake's end is not in its way. */
const letIn = (bakery: AwsBakery): string[] => {
  const ended = lastEnd(bakery);
  return bakery.aws.calls.flatMap(({ name, isEc2, wasLet, at }) =>
    isEc2 && wasLet === true && at <= ended ? [name] : [],
  );
};

const inWords = ({ error = "", cause = "" }: BakeOutcome): string =>
  `${error}: ${cause.slice(0, 120)}`;

const tally = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

const instant: Latencies = {
  ...{ call: 2, visible: 0, running: 0, online: 0, volume: 0 },
  ...{ attachment: 0, snapshot: 0, copy: 0, termination: 0 },
};

/** The calls of EC2's that one bake makes when it has to wait for nothing: what it cannot do without. */
export const callsNeeded = async (): Promise<string[]> => {
  const bakery = openAwsBakery({
    ...{ latencies: instant, longPages: true },
    agent: { after: 2, result: { status: "succeeded", disk } },
  });
  await warm(bakery);
  await bakery.run(() => bakery.bake(bakeOf(1)));
  return letIn(bakery);
};

/** What a bucket implies: no fewer seconds can pass until it has let through what so many bakes need. */
export interface Bound {
  bucket: Bucket;
  /** Of each bake. */
  calls: number;
  seconds: number;
}

/** Of each bucket, the one that takes longest first. */
export const boundsOf = (count: number, calls: readonly string[]): Bound[] => {
  const buckets = new Map<string, Bound>();
  for (const call of calls) {
    const bucket = bucketOf(call);
    const { calls: before = 0 } = buckets.get(bucket.name) ?? {};
    const each = before + 1;
    const seconds = Math.max(0, (count * each - bucket.burst) / bucket.refill);
    buckets.set(bucket.name, { bucket, calls: each, seconds });
  }
  return [...buckets.values()].toSorted((one, other) => other.seconds - one.seconds);
};
