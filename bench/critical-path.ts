import { BakeId } from "../core/ids.ts";
import { disk } from "../test/support/local-state.ts";
import { definition, states } from "../test/support/machine.ts";
import { openAwsBakery } from "../test/support/aws-double/bakery.ts";
import { type Latencies, usualLatencies } from "../test/support/aws-double/world.ts";

/** Milliseconds that the agent and the tests of every bake here take. */
const work = { agent: 40_000, tests: 8000 };

/** Milliseconds of the waiting for AWS and of the bake's own work, one after the other. */
const necessary = (times: Latencies): number =>
  2 * (times.running + times.online) +
  Math.max(0, times.volume - times.running - times.online) +
  times.attachment +
  times.snapshot +
  times.visible + // until an image may be launched
  work.agent +
  work.tests;

/** Latencies as another day may have them: each up to a fifth more or less. */
export const anotherDay = (): Latencies => ({
  ...(Object.fromEntries(
    Object.entries(usualLatencies).map(([name, ms]) => [name, ms * (0.8 + Math.random() * 0.4)]),
  ) as unknown as Latencies),
  call: 0,
});

/**
 * Milliseconds that one bake takes longer than what it waits for: polls that come late, and pauses
 * of the adapters. Calls take no time here, which is told apart.
 */
export const polledLate = async (times: Latencies): Promise<number> =>
  (await durationOf(times)) - necessary(times);

/** Milliseconds that the calls of AWS's take, one after the other, of 120 ms each. */
export const callsTake = async (): Promise<number> =>
  (await durationOf(usualLatencies)) - (await durationOf({ ...usualLatencies, call: 0 }));

const bakeOf = (index: number): BakeId => BakeId.parse(`web-${String(index).padStart(16, "0")}-1`);

const durationOf = async (latencies: Latencies): Promise<number> => {
  const result = { status: "succeeded", disk } as const;
  const agent = { after: work.agent, result };
  const bakery = openAwsBakery({ latencies, longPages: true, agent });
  await bakery.run(() => bakery.bake(bakeOf(0))); // copies the stock image
  const { status, error, cause } = await bakery.run(() => bakery.bake(bakeOf(1)));
  if (status !== "SUCCEEDED") throw new Error(`${error}: ${cause}`);
  const [, run] = bakery.runs.values();
  return (run?.ended ?? 0) - (run?.started ?? 0);
};

/** Tasks of a bake that succeeds, those beside the critical path left out. */
export const tasksInTurn: readonly string[] = states
  .filter(({ type, name }) => type === "Task" && !["KeepBuilder", "ReleaseBuilder"].includes(name))
  .map(({ name }) => name);

/** States that such a bake enters in turn: its tasks, both Parallels, and what follows the release. */
export const statesInTurn: number =
  tasksInTurn.length +
  states.filter(({ type }) => type === "Parallel").length +
  ["Outcome", "Succeeded"].filter((name) => Object.hasOwn(definition["States"] as object, name))
    .length;
