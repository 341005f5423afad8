import type { Execution, Executions } from "./executions.ts";
import type { Held, HeldThing } from "./held.ts";
import type { BakeId } from "./ids.ts";

export interface SweepPorts {
  held: Held;
  executions: Pick<Executions, "describe" | "history" | "list" | "stop">;
  /** Seconds that a bake may take, by the policy at its start; its wait for a builder not counted. */
  longest(bake: BakeId): Promise<number>;
  /** `releaseBake`, with the adapters of all that a bake may hold. */
  release(bake: BakeId): Promise<unknown>;
}

/** What a sweep did to a bake, or would do. */
export interface SweptBake {
  bake: BakeId;
  /** `overdue` bakes are stopped; their end releases them. Of `dead` ones it is released. */
  because: "overdue" | "dead";
  things: Pick<HeldThing, "kind" | "id">[];
}

/** No bake is older, whatever a policy says: seconds. */
export const oldestBake = 48 * 3600;

/**
 * Finds what bakes left whose execution has ended or is forgotten, and bakes that take longer than
 * they may; releases the former and stops the latter, unless `dryRun`. What is kept on purpose is
 * left alone. One that cannot be released keeps no other from being so: the first error is thrown
 * in the end.
 */
export const sweep = async (
  ports: SweepPorts,
  { dryRun, now = Date.now() }: { dryRun: boolean; now?: number },
): Promise<SweptBake[]> => {
  // what is held is looked at first: its bakes had begun by then, and so are known
  const held = Map.groupBy(await ports.held.all(), ({ bake }) => bake);
  const overdue = await overdueBakes(ports, now);
  const dead = await deadBakes(ports, held, now);
  const swept = [
    ...overdue.map((bake) => found(bake, "overdue", held)),
    ...dead.map((bake) => found(bake, "dead", held)),
  ];
  if (!dryRun) await carryOut(ports, { overdue, dead });
  return swept;
};

type HeldBakes = ReadonlyMap<BakeId, readonly HeldThing[]>;

const found = (bake: BakeId, because: SweptBake["because"], held: HeldBakes): SweptBake => ({
  ...{ bake, because },
  things: (held.get(bake) ?? []).map(({ kind, id }) => ({ kind, id })),
});

const overdueBakes = async (
  { executions, longest }: SweepPorts,
  now: number,
): Promise<BakeId[]> => {
  const overdue: BakeId[] = [];
  for await (const { bake, started } of executions.list("running")) {
    const secondsSince = (moment: number) => (now - moment) / 1000;
    const most = await longest(bake);
    const age = secondsSince(started.getTime());
    if (age <= Math.min(most, oldestBake)) continue;
    const worked = async () =>
      secondsSince((await lastQueued(executions, bake)) ?? started.getTime());
    if (age > oldestBake || (await worked()) > most) overdue.push(bake);
  }
  return overdue;
};

/** When it last had to wait for room, in milliseconds: a full stage fails no bake. */
const lastQueued = async (
  executions: Pick<Executions, "history">,
  bake: BakeId,
): Promise<number | undefined> =>
  (await executions.history(bake)).findLast(({ error }) => error === "BuilderQueued")?.at;

const deadBakes = async (
  { executions }: SweepPorts,
  held: HeldBakes,
  now: number,
): Promise<BakeId[]> => {
  const dead: BakeId[] = [];
  for (const [bake, things] of held) {
    if (things.some(({ keptUntil }) => keptUntil !== undefined && keptUntil.getTime() > now))
      continue;
    if (isDead(await executions.describe(bake))) dead.push(bake);
  }
  return dead;
};

const isDead = (execution: Execution | undefined): boolean => execution?.status !== "running";

const carryOut = async (
  { executions, release }: SweepPorts,
  { overdue, dead }: { overdue: readonly BakeId[]; dead: readonly BakeId[] },
): Promise<void> => {
  const works = [
    ...overdue.map((bake) => () => executions.stop(bake, "BakeOverdue", overdueText)),
    ...dead.map((bake) => () => release(bake)),
  ];
  const failures: unknown[] = [];
  // one after the other: EC2's buckets are for the bakes that live
  for (const work of works) {
    try {
      await work();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
};

const overdueText = "it took longer than the operator's policy allows (longest_bake)";
