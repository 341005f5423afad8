import type { Judged } from "../vulnerabilities/exceptions.ts";
import type { Facts, Look } from "./facts.ts";
import { accessLooks } from "./rules/access.ts";
import { contentLooks } from "./rules/content.ts";
import { originLooks } from "./rules/origin.ts";
import { privilegeLooks } from "./rules/privileges.ts";
import { writableLooks } from "./rules/writable.ts";
import { recipeLooks } from "./rules/recipe.ts";
import { softwareLooks } from "./rules/software.ts";
import { vulnerabilityLooks } from "./rules/vulnerabilities.ts";
import type { RuleName, RuleSettings } from "./rules.ts";

/** The facts, with the findings as the policy's exceptions leave them. */
export interface JudgedFacts extends Facts {
  judged: Judged;
}

/** What each rule makes of the facts. */
export type Looks<Name extends RuleName> = {
  [Rule in Name]: (settings: RuleSettings[Rule], facts: JudgedFacts) => Look;
};

export const looks: Looks<RuleName> = {
  ...originLooks,
  ...vulnerabilityLooks,
  ...softwareLooks,
  ...contentLooks,
  ...accessLooks,
  ...privilegeLooks,
  ...writableLooks,
  ...recipeLooks,
};
