import { noteBeginning } from "../core/beginning.ts";
import { ReadRecipe } from "../core/contract.ts";
import type { PolicyOf } from "../core/policy/in-force.ts";
import { defaultPolicy } from "../core/policy/schema.ts";
import { tightened } from "../core/policy/tighten.ts";
import type { Artifacts } from "../core/ports.ts";
import type { DynamicValues } from "../core/recipe/dynamic.ts";
import { InvalidRecipe } from "../core/recipe/invalid-recipe.ts";
import { parseRecipe } from "../core/recipe/read.ts";
import { resolveRecipe } from "../core/recipe/resolve.ts";
import { storeRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

/** Where nobody wrote a policy. */
const unwritten: PolicyOf = async () => ({ policy: defaultPolicy() });

/**
 * Validates the recipe and stores it with its parameters filled in, and with the checks of the
 * provenance policy, which it may only tighten. `surroundings` are parameters that no recipe
 * declares, of which one machine has none. Throws InvalidRecipe.
 */
export const readRecipe = (
  artifacts: Artifacts,
  surroundings: DynamicValues = {},
  policyOf: PolicyOf = unwritten,
) =>
  task(ReadRecipe, async ({ bake, recipe: file, parameters }) => {
    const text = await artifacts.read(bake, `bundle/${file}`);
    const given = { set: parameters, environment: {}, surroundings };
    const parsed = parseRecipe(text, file);
    const recipe = resolveRecipe(parsed, given);
    const { policy: operators } = await policyOf(bake);
    const { policy, complaints } = tightened(operators, recipe.policy);
    if (complaints.length > 0) throw new InvalidRecipe(complaints.map(parsed.problem));
    const { checks } = policy;
    await storeRecipe(artifacts, bake, { ...recipe, ...(checks.length > 0 && { checks }) });
    await noteBeginning(artifacts, bake, { file, text });
    const { name, description, tags } = recipe;
    return { name, description, tags };
  });
