import { TestImage } from "../core/contract.ts";
import type { Artifacts, TestMachines } from "../core/ports.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

/** Boots the candidate and runs the recipe's tests in it. TestsRunning until they have ended. */
export const testImage = (machines: TestMachines, artifacts: Artifacts) =>
  task(TestImage, async (order) => {
    const recipe = await storedRecipe(artifacts, order.bake);
    const report = await machines.run({ ...order, recipe });
    return { passed: report.tests.length };
  });
