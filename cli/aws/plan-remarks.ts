import type { LookedAt } from "../../aws/origin/look.ts";
import { checkPolicy } from "../../core/operator-policy/check.ts";
import type { PolicyInForce } from "../../core/operator-policy/in-force.ts";
import { foundOriginComplaints } from "../../core/operator-policy/origins.ts";
import { provenanceOf } from "../../core/policy/in-force.ts";
import { type Descent, refusedOrigins } from "../../core/policy/judge-origin.ts";
import { tightened } from "../../core/policy/tighten.ts";
import { InvalidRecipe, type Problem, problemLine } from "../../core/recipe/invalid-recipe.ts";
import { nameTaken } from "../../core/way-in/check-drop.ts";
import type { Order } from "../load-recipes.ts";
import type { Account } from "./account.ts";
import { isForeignKey, keyStatements, keyUsers } from "./key-policy.ts";

/* What a plan has to say of a recipe in a stage, beside what would be done. */

interface Dropped {
  prefix: string;
  looked: LookedAt | undefined;
}

/** What the operator's policy would refuse of a drop below that prefix, with places. */
export const policyProblems = async (
  { policies, names, stage }: Account,
  { recipe, parsed }: Order,
  { prefix, looked }: Dropped,
): Promise<string[]> => {
  const inForce = await policies.of(prefix).catch((error: unknown) => {
    if (error instanceof InvalidRecipe) return error;
    throw error;
  });
  if (inForce instanceof InvalidRecipe) {
    return [`nothing is allowed while the operator's policy cannot be read:\n${inForce.message}`];
  }
  const lineage = looked?.copy === "needed" ? [looked.stock] : (looked?.origin.lineage ?? []);
  const [found] = lineage;
  const { account } = stage;
  const complaints =
    found === undefined ? [] : foundOriginComplaints(inForce, recipe.origin, { found, account });
  const descent = { lineage, account, now: new Date() };
  const owner = await names.owner(recipe.name);
  const problems: Problem[] = [
    ...checkPolicy(inForce, recipe, parsed),
    ...complaints.map(parsed.problem),
    // whose image it is is told once
    ...(complaints.length > 0 ? [] : originProblems(inForce, { recipe, parsed }, descent)),
    ...(owner === undefined || owner === prefix
      ? []
      : [
          parsed.problem({
            ...{ path: ["image", "name"], on: "value", message: nameTaken(recipe.name, owner) },
            hint: "choose another name",
          }),
        ]),
  ];
  return problems.map(problemLine);
};

/** What the provenance policy would refuse of the finished image for what it descends from. */
const originProblems = (
  { policy, file }: PolicyInForce,
  { recipe, parsed }: Pick<Order, "recipe" | "parsed">,
  descent: Descent,
): Problem[] =>
  refusedOrigins(tightened(provenanceOf(policy), recipe.policy).policy, descent).map((refused) =>
    parsed.problem({
      ...{ path: ["image", "origin"], on: "value", message: `${refused.rule}: ${refused.says}` },
      hint: `${refused.remedy ?? ""}, by ${file ?? "the policy that holds without a file"}`,
    }),
  );

/** A key that is not the stage's has to let the stage's functions in by its own policy. */
export const keyNotes = async (account: Account, kmsKey: string | undefined): Promise<string[]> => {
  if (kmsKey === undefined || !isForeignKey(kmsKey, account.stage)) return [];
  const roles = await Promise.all(keyUsers.map(account.roleOf));
  const statements = keyStatements(account.stage, roles);
  const whether = /(?:^|:)alias\//.test(kmsKey) ? ", unless it is an alias of the stage's own" : "";
  return [
    `the key ${kmsKey} is not the stage's, and no function has leave to use it${whether}; its policy needs these statements:`,
    ...statements.map((statement) => JSON.stringify(statement)),
  ];
};
