import type { BakeEnd } from "./bake-ended.ts";
import type { EndedExecution, Execution, Executions } from "./executions.ts";
import type { Held, HeldThing } from "./held.ts";
import type { BakeId } from "./ids.ts";
import type { SweptBake } from "./sweep-report.ts";

export interface SweepPorts {
  held: Held;
  executions: Pick<Executions, "describe" | "history" | "list" | "stop">;
  /** Seconds that a bake may take, by the policy at its start; its wait for a builder not counted. */
  longest(bake: BakeId): Promise<number>;
  /** Whether the end of a bake that was not published was told. */
  isTold(bake: BakeId): Promise<boolean>;
  /** `bakeEnded`: as the event does, which comes on a best-effort basis. */
  end(end: BakeEnd): Promise<void>;
  /** `releaseBake`, with the adapters of all that a bake may hold. */
  release(bake: BakeId): Promise<unknown>;
}

/** No bake is older, whatever a policy says: seconds. */
export const oldestBake = 48 * 3600;

/** Milliseconds in which the event of an execution's end comes, and its function has done its work. */
const eventDelay = 15 * 60_000;

/** Milliseconds after which an end is no news any more. */
const news = 24 * 3_600_000;

/**
 * Finds what bakes left whose execution has ended or is forgotten, and bakes that take longer than
 * they may; releases the former and stops the latter, unless `dryRun`; and tells the ends that nobody was
 * told of. What is kept on purpose is
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
  const untold = await untoldEnds(ports, now);
  const ends = new Set(untold.map(({ bake }) => bake));
  const dead = (await deadBakes(ports, held, now)).filter((bake) => !ends.has(bake));
  const swept = [
    ...overdue.map((bake) => found(bake, "overdue", held)),
    ...untold.map(({ bake }) => found(bake, "untold", held)),
    ...dead.map((bake) => found(bake, "dead", held)),
  ];
  if (!dryRun) await carryOut(ports, { overdue, untold, dead });
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

/** Ends of bakes that were not published: the newest executions come first. */
const untoldEnds = async (
  { executions, isTold }: SweepPorts,
  now: number,
): Promise<EndedExecution[]> => {
  const untold: EndedExecution[] = [];
  for (const status of ["failed", "timed out", "stopped"] as const) {
    for await (const { bake, started, ended } of executions.list(status)) {
      if (now - started.getTime() > oldestBake * 1000 + news) break;
      const age = ended === undefined ? 0 : now - ended.getTime();
      if (age < eventDelay || age > news || (await isTold(bake))) continue;
      const execution = await executions.describe(bake);
      if (execution !== undefined) untold.push(execution);
    }
  }
  return untold;
};

/** As the event would have said it; one that runs again by now is told of when it ends. */
const endOf = ({ bake, status, ended, error, message }: EndedExecution): BakeEnd[] =>
  status === "running"
    ? []
    : [{ bake, status, error, message, at: (ended ?? new Date()).toISOString() }];

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

interface Findings {
  overdue: readonly BakeId[];
  untold: readonly EndedExecution[];
  dead: readonly BakeId[];
}

const carryOut = async (
  { executions, end, release }: SweepPorts,
  { overdue, untold, dead }: Findings,
): Promise<void> => {
  const works = [
    ...overdue.map((bake) => () => executions.stop(bake, "BakeOverdue", overdueText)),
    ...untold.flatMap(endOf).map((one) => () => end(one)),
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
