import { describe, expect, test } from "vitest";
import { checkPolicy } from "../../../core/operator-policy/check.ts";
import { parsePolicy } from "../../../core/operator-policy/read.ts";
import { problemLine } from "../../../core/recipe/invalid-recipe.ts";
import { parseRecipe } from "../../../core/recipe/read.ts";
import { resolveRecipe } from "../../../core/recipe/resolve.ts";
import { tightened } from "../../../core/policy/tighten.ts";
import { ownNetwork } from "../../support/memory-way-in.ts";
import { recipe, told, toldOf } from "../recipe/sample.ts";
import { policyOf } from "./facts.ts";

/** What an operator's policy says to a recipe with these lines below `policy:`. */
const refusals = (operators: string, ...lines: string[]): string[] => {
  const text = recipe("policy:", ...lines.map((line) => `  ${line}`));
  const parsed = parseRecipe(text, "web.yaml");
  const resolved = resolveRecipe(parsed, { set: {}, environment: {} });
  const policy = parsePolicy(`policy: {provenance: ${operators}}`, "policies/team.yaml");
  const inForce = { policy, prefix: "team", own: ownNetwork };
  return checkPolicy(inForce, resolved, parsed).map(problemLine);
};

const policyIn = (operators: string, ...lines: string[]) => {
  const parsed = parseRecipe(recipe("policy:", ...lines.map((line) => `  ${line}`)), "web.yaml");
  const resolved = resolveRecipe(parsed, { set: {}, environment: {} });
  return tightened(policyOf(operators), resolved.policy).policy;
};

describe("a recipe's policy that loosens the operator's is refused at its place:", () => {
  test.each([
    ["{}", "secrets: { mode: report }", '5:22: mode "report" loosens', "it is enforce"],
    ["{}", 'secrets: { allowed: ["/srv/*"] }', '5:25: allowed ["/srv/*"]', "none is allowed"],
    ["{secrets: {allowed: [/srv/*]}}", "secrets: { allowed: [/etc/x] }", "5:25: allowed", "/srv/*"],
    ["{size: {most: 4}}", "size: { most: 5 }", "5:19: most 5", "at most 4 GiB"],
    ["{size: {most: 4}}", "size: { most: null }", "5:19: most null", "at most 4 GiB"],
    ["{}", "vulnerabilities: { fixable: critical }", '5:33: fixable "critical"', "high, medium"],
    ["{visibility: {wanted: public}}", "visibility: { wanted: private }", "5:27:", "it is public"],
    [
      "{checks: [{name: a, command: x}]}",
      "checks: [{ name: a, command: y }]",
      "5:22:",
      "another name",
    ],
  ])("%s and %s", (operators, line, place, hint) => {
    const [refusal = "", ...others] = refusals(operators, line);
    expect(others).toEqual([]);
    expect(refusal).toContain(`web.yaml:${place}`);
    expect(refusal).toContain(hint);
  });
});

test("two checks of one name are refused, in an operator's policy and in a recipe's", () => {
  const checks =
    "checks: [{ name: a, command: x }, { name: b, command: x }, { name: a, command: y }]";
  const says = 'there is a check "a" above already; give it another name';
  expect(told(() => policyOf(`{ ${checks} }`))).toMatch(
    new RegExp(`^policies/team.yaml:1:[0-9]+: ${says}`),
  );
  expect(told(() => policyIn("{}", checks))).toMatch(new RegExp(`^web.yaml:5:[0-9]+: ${says}`));
});

describe("a recipe's policy that tightens the operator's holds:", () => {
  test.each([
    ["{}", "telemetry: { mode: enforce }"],
    ["{secrets: {allowed: [/srv/*]}}", "secrets: { allowed: [/srv/a*] }"],
    ["{size: {most: 4}}", "size: { most: 3 }"],
    ["{}", "size: { most: 3 }"],
    ["{}", "vulnerabilities: { fixable: low, unfixable: critical }"],
    ["{}", "visibility: { wanted: private }"],
  ])("%s and %s", (operators, line) => expect(refusals(operators, line)).toEqual([]));

  test("lists of what is denied are added up", () => {
    const { packages } = policyIn("{packages: {denied: [a]}}", "packages: { denied: [b] }");
    expect(packages).toEqual({ mode: "enforce", denied: ["a", "b"] });
  });

  test("what it leaves out is the operator's, and checks are added", () => {
    const operators = "{size: {most: 4}, checks: [{name: a, command: x}]}";
    const { size, checks } = policyIn(
      operators,
      "size: { mode: enforce }",
      "checks:",
      "  - { name: b, command: y, timeout: 2m }",
    );
    expect(size).toEqual({ mode: "enforce", most: 4 });
    expect(checks.map(({ name, timeout }) => [name, timeout])).toEqual([
      ["a", 60],
      ["b", 120],
    ]);
  });

  test("a pattern is not taken for a narrower one than it is", () => {
    const operators = "{secrets: {allowed: [/srv/*/x]}}";
    expect(refusals(operators, "secrets: { allowed: [/srv/*] }")).toHaveLength(1);
    expect(refusals(operators, "secrets: { allowed: [/srv/a/x] }")).toEqual([]);
  });
});

test.each([
  ["policy: { secret: {} }", /4:13: unknown key "secret"; did you mean "secrets"\?/],
  ["policy: { secrets: { mode: off } }", /4:30: mode cannot be "off"; it is report or enforce/],
  ["policy: { waivers: [] }", /4:13: there is no waivers; leave it out: only the operator/],
  ["policy: { checks: [{ name: a }] }", /4:22: command is missing; a check is a command/],
])("in a recipe, %s is wrong", (line, says) => expect(toldOf(recipe(line))).toMatch(says));

test.each([
  ["{waivers: [{rule: secrets, reason: x}]}", /expires is missing; a day is as in 2026-12-31/],
  ["{waivers: [{rule: secret, reason: x, expires: 2026-12-31}]}", /rule cannot be "secret"; it is/],
  ["{waivers: [{rule: secrets, reason: '', expires: 2026-12-31}]}", /reason .*say why/],
])("in an operator's policy, %s is wrong", (text, says) => {
  expect(told(() => policyOf(text))).toMatch(says);
});

test("the shell's own ${…} in a check is left to the shell", () => {
  const text = recipe('policy: { checks: [{ name: a, command: "echo ${HOME}" }] }');
  expect(toldOf(text)).toBe("");
});
