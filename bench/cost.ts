import { costOf, totalOf } from "../core/estimate/cost.ts";
import { latencies } from "../core/estimate/latencies.ts";
import { timesOf } from "../core/estimate/times.ts";
import type { ResolvedRecipe } from "../core/job.ts";
import { parseRecipe } from "../core/recipe/read.ts";
import { resolveRecipe } from "../core/recipe/resolve.ts";
import { definition } from "../test/support/machine.ts";

const recipeOf = (steps: number): ResolvedRecipe => {
  const step = '    - shell: "true"\n';
  const text = `image:\n  name: web\n  origin: ami-0123456789abcdef0\n  configure:\n${step.repeat(steps)}  tests: ["true"]\n`;
  return resolveRecipe(parseRecipe(text, "web.yaml"), { set: {}, environment: {} });
};

/** Dollars of what is no machine and no disk, of a bake whose origin is in the account. */
const orchestrationOf = (recipe: ResolvedRecipe): number => {
  const times = timesOf(definition, { recipe, copies: false });
  const order = { times, recipe, instanceType: "", rootVolumeSize: 8, copySize: 8 };
  return totalOf(costOf({ ...order, hasAddresses: true }).orchestration) ?? NaN;
};

/** Of a bake with one step and one test, by the latencies that plans reckon with. */
export const usualCost = (): number => orchestrationOf(recipeOf(1));

/** Of one whose agent works for so many seconds, a multiple of a step's. */
export const costOfAgent = (seconds: number): number =>
  orchestrationOf(recipeOf((seconds - latencies.agent.seconds) / latencies.step.seconds));
