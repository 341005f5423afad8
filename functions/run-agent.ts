import { RunAgent } from "../core/contract.ts";
import type { Agents, Artifacts } from "../core/ports.ts";
import { task } from "../core/task.ts";
import { readResolvedRecipe } from "./read-recipe.ts";

/** Has the agent configure the working disk. AgentRunning until it has ended. */
export const runAgent = (agents: Agents, artifacts: Artifacts) =>
  task(RunAgent, async (order) => {
    const recipe = await readResolvedRecipe(artifacts, order.bake);
    return { disk: await agents.run({ ...order, recipe }) };
  });
