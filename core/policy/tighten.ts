import type { Complaint } from "../recipe/explain.ts";
import { show } from "../recipe/explain.ts";
import type { Path } from "../recipe/tree.ts";
import { type RuleName, ruleNames, rules } from "./rules.ts";
import type { ProvenancePolicy, RecipePolicy } from "./schema.ts";
import type { Setting } from "./setting.ts";

/** Where a recipe has its policy. */
const at = (...rest: Path): Path => ["image", "policy", ...rest];

interface TightPolicy {
  policy: ProvenancePolicy;
  /** What of the recipe's would loosen the operator's, each at its place in the recipe's file. */
  complaints: Complaint[];
}

/** The operator's policy as a recipe tightens it; of what would loosen it the operator's holds. */
export const tightened = (
  operators: ProvenancePolicy,
  recipes: RecipePolicy | undefined,
): TightPolicy => {
  if (recipes === undefined) return { policy: operators, complaints: [] };
  const policy = structuredClone(operators);
  const complaints = ruleNames.flatMap((rule) => tightenRule(policy, rule, recipes[rule] ?? {}));
  const { checks, complaints: wrong } = withChecks(operators, recipes);
  return { policy: { ...policy, checks }, complaints: [...complaints, ...wrong] };
};

const tightenRule = (policy: ProvenancePolicy, rule: RuleName, written: object): Complaint[] => {
  const settings = rules[rule].settings as unknown as Record<string, Setting<unknown>>;
  const operators = policy[rule] as Record<string, unknown>;
  return Object.entries(written).flatMap(([name, value]): Complaint[] => {
    const setting = settings[name];
    if (setting === undefined || value === undefined) return [];
    const tight = setting.tighten(operators[name], value);
    if ("value" in tight) {
      operators[name] = tight.value;
      return [];
    }
    const message = `${name} ${show(value)} loosens the operator's policy`;
    return [{ path: at(rule, name), on: "value", message, hint: `${tight.hint}, or leave it out` }];
  });
};

const withChecks = ({ checks: operators }: ProvenancePolicy, { checks: own }: RecipePolicy) => {
  const names = new Map(operators.map((check) => [check.name, check]));
  const complaints: Complaint[] = [];
  for (const [index, check] of own.entries()) {
    if (!names.has(check.name)) {
      names.set(check.name, check);
      continue;
    }
    const message = `there is a check ${show(check.name)} already, of the operator's or above`;
    const hint = "give it another name";
    complaints.push({ path: at("checks", index, "name"), on: "value", message, hint });
  }
  return { checks: [...names.values()], complaints };
};
