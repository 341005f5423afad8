import { CheckProvenance } from "../core/contract.ts";
import { ProvenanceFailed } from "../core/errors.ts";
import type { PolicyOf } from "../core/policy/in-force.ts";
import { failureText } from "../core/policy/judge.ts";
import { judgeImage, type Witnesses } from "../core/policy/judge-image.ts";
import { recipeFacts } from "../core/policy/recipe-facts.ts";
import type { Artifacts, Verdicts } from "../core/ports.ts";
import { parentStatement } from "../core/statement/parent-statement.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

export interface Provenance extends Omit<Witnesses, "statementOf"> {
  artifacts: Artifacts;
  verdicts: Verdicts;
  policyOf: PolicyOf;
}

/**
 * Holds a candidate to the provenance policy as it is now. What was found is kept, also of an image
 * that fails. Throws ProvenanceFailed.
 */
export const checkProvenance = (world: Provenance) =>
  task(CheckProvenance, async ({ bake, imageId, lineage }) => {
    const recipe = recipeFacts(await storedRecipe(world.artifacts, bake));
    const witnesses = { ...world, statementOf: parentStatement(world.artifacts, bake) };
    const inForce = await world.policyOf(bake);
    const judgement = await judgeImage(witnesses, inForce, { bake, lineage, recipe });
    const { verdict } = judgement;
    await world.verdicts.keep(bake, imageId, judgement);
    if (!verdict.passed) throw new ProvenanceFailed(failureText(verdict));
    return { failed: verdict.rules.filter(({ status }) => status === "fail").length };
  });
