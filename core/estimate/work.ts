import type { ResolvedRecipe } from "../job.ts";
import { latencies, type Latency } from "./latencies.ts";

/** What is planned for. */
export interface Foreseen {
  recipe: ResolvedRecipe;
  /** Whether the origin is a stock image that is not in the account yet. */
  copies: boolean;
}

/** Something that a state waits for. */
export interface Work extends Latency {
  what: string;
}

/** What each task waits for, in its order; of a task that is not here, nothing but its calls. */
export const workOf = ({ recipe, copies }: Foreseen): Readonly<Record<string, Work[]>> => {
  const steps = recipe.steps.filter(({ skipped }) => skipped === undefined).length;
  return {
    ResolveOrigin: copies ? [work("the origin is copied", latencies.copy)] : [],
    ProvisionBuilder: [...machine("the builder"), work("its disk is attached", latencies.attach)],
    RunAgent: [
      ...(recipe.origin.kind === "scratch"
        ? [work("the base system is installed", latencies.bootstrap)]
        : []),
      ...several("step", steps, latencies.step),
      work("the agent mounts, cleans up and takes stock", latencies.agent),
    ],
    AwaitSnapshot: [work("the snapshot completes", latencies.snapshot)],
    TestImage: [
      ...machine("the test machine"),
      ...several("test", recipe.tests.length, latencies.test),
    ],
  };
};

const work = (what: string, { seconds, source }: Latency): Work => ({ what, seconds, source });

const machine = (which: string): Work[] => [
  work(`${which} is asked for`, latencies.launchCall),
  work(`${which} runs`, latencies.running),
  work(`${which} boots`, latencies.boot),
  work(`${which} is known to Systems Manager`, latencies.online),
];

const several = (what: string, count: number, { seconds, source }: Latency): Work[] =>
  count === 0
    ? []
    : [
        {
          what: count === 1 ? `one ${what}` : `${count} ${what}s of ${seconds} s`,
          ...{ seconds: count * seconds, source },
        },
      ];

/** Seconds that the recipe's own limits allow its steps and tests. */
export const mostOf = ({ steps, tests }: ResolvedRecipe): number =>
  [...steps.filter(({ skipped }) => skipped === undefined), ...tests].reduce(
    (sum, { timeout }) => sum + timeout,
    0,
  );
