import { RunAgent } from "../core/contract.ts";
import type { Agents, Artifacts } from "../core/ports.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

/** Has the agent configure the working disk. AgentRunning until it has ended. */
export const runAgent = (agents: Agents, artifacts: Artifacts) =>
  task(RunAgent, async (order) => {
    const recipe = await storedRecipe(artifacts, order.bake);
    return { disk: await agents.run({ ...order, recipe }) };
  });
