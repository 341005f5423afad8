import { findAgentSteps } from "../core/agent-steps.ts";
import { readBeginning } from "../core/beginning.ts";
import { CheckProvenance } from "../core/contract.ts";
import { ProvenanceFailed } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { PolicyOf } from "../core/policy/in-force.ts";
import { failureText } from "../core/policy/judge.ts";
import { judgeImage, type Hearing, type Witnesses } from "../core/policy/judge-image.ts";
import { recipeFacts } from "../core/policy/recipe-facts.ts";
import type { Artifacts, Reports, Verdicts } from "../core/ports.ts";
import { readRegistered } from "../core/registered.ts";
import { aboutImage } from "../core/report/about-image.ts";
import { sincePrevious } from "../core/report/since-previous.ts";
import { timelineSoFar } from "../core/report/timeline-so-far.ts";
import { parentStatement } from "../core/statement/parent-statement.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

export interface Provenance extends Omit<Witnesses, "statementOf"> {
  artifacts: Artifacts;
  verdicts: Verdicts;
  reports: Reports;
  policyOf: PolicyOf;
}

/**
 * Holds a candidate to the provenance policy as it is now. What was found is kept, also of an image
 * that fails. Throws ProvenanceFailed, StatementBroken.
 */
export const checkProvenance = (world: Provenance) =>
  task(CheckProvenance, async ({ bake, imageId, lineage, entered }) => {
    const recipe = recipeFacts(await storedRecipe(world.artifacts, bake));
    const witnesses = { ...world, statementOf: parentStatement(world.artifacts, bake) };
    const inForce = await world.policyOf(bake);
    const hearing = await judgeImage(witnesses, inForce, { bake, lineage, recipe });
    const { verdict } = hearing;
    await world.verdicts.keep(bake, imageId, hearing);
    await keepReport(world, bake, { hearing, entered });
    if (!verdict.passed) throw new ProvenanceFailed(failureText(verdict));
    return { failed: verdict.rules.filter(({ status }) => status === "fail").length };
  });

/** For people: also of an image that fails, as that is the one they ask about. */
const keepReport = async (
  { artifacts, reports, inventories }: Provenance,
  bake: BakeId,
  { hearing, entered }: { hearing: Hearing; entered: Readonly<Record<string, string>> },
): Promise<void> => {
  const [image, recipe, steps] = await Promise.all([
    readRegistered(artifacts, bake),
    readBeginning(artifacts, bake),
    findAgentSteps(artifacts, bake),
  ]);
  const previous = await reports.previous(image.name, bake);
  const since = await sincePrevious(inventories, previous, hearing.facts.inventory);
  const timeline = timelineSoFar({ entered, steps, now: new Date() });
  await reports.keep(bake, aboutImage({ image, recipe, hearing, since, timeline }));
};
