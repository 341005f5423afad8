import * as z from "zod";
import { Duration, seconds } from "../recipe/duration.ts";
import { show } from "../recipe/explain.ts";
import { Title } from "../recipe/formats.ts";
import { keyed } from "../recipe/shape.ts";
import { Exception } from "../vulnerabilities/exceptions.ts";
import { type RuleName, ruleNames, rules, type RuleSettings } from "./rules.ts";
import type { Setting } from "./setting.ts";

const COMMAND = "a check is a command, not empty";
const REASON = "say why, in a sentence";
const DAY = "a day is as in 2026-12-31";
const SUBJECTS = "list what it is for, as in [/usr/local/*]";

const WrittenCheck = keyed({
  name: Title.describe("What the report calls it."),
  command: z
    .string({ error: COMMAND })
    .min(1, { error: COMMAND })
    .max(10_000, { error: "a check has at most 10000 characters; call a program of the image" })
    .describe("For /bin/sh -e in the finished image, which it cannot change; 0 is a pass."),
  timeout: Duration.default("60s").transform(seconds).describe("How long it may take."),
  mode: z
    .enum(["report", "enforce"])
    .default("enforce")
    .describe("Whether an image that fails is rejected, or only told of."),
});

/** A check of the policy's own. */
export const Check = z.strictObject({
  name: z.string(),
  command: z.string(),
  /** Seconds. */
  timeout: z.int().positive(),
  mode: z.enum(["report", "enforce"]),
});
export type Check = z.infer<typeof Check>;

const checks = z
  .array(WrittenCheck, {
    error: "list checks, as in [{name: no gcc, command: '! command -v gcc'}]",
  })
  .max(100, { error: "write at most 100 checks" })
  .superRefine((all, context) => {
    for (const [index, { name }] of all.entries()) {
      // what ran is told by its name: of two, only one would be run
      if (all.findIndex((one) => one.name === name) === index) continue;
      const message = `there is a check ${show(name)} above already`;
      const params = { hint: "give it another name, as each check is told by its own" };
      context.addIssue({ code: "custom", message, path: [index, "name"], params });
    }
  })
  .default([])
  .describe("Checks of one's own, run in the finished image.");

/** What a rule says may stay, for a while. */
const WrittenWaiver = keyed({
  rule: z
    .enum([...ruleNames, "checks"], {
      error: `it is a rule's name: ${ruleNames.join(", ")}, checks`,
    })
    .describe("The rule."),
  of: z
    .array(z.string({ error: SUBJECTS }).min(1, { error: SUBJECTS }), { error: SUBJECTS })
    .min(1, { error: SUBJECTS })
    .optional()
    .describe("Patterns of what it is for: paths, packages, names as the report has them. All."),
  reason: z.string({ error: REASON }).trim().min(1, { error: REASON }).describe("Why it may stay."),
  expires: z.iso.date({ error: DAY }).describe("The last day on which it counts, in UTC."),
});
export type Waiver = z.infer<typeof WrittenWaiver>;

type SettingsOf = Record<string, Setting<unknown>>;

const settingsOf = (rule: RuleName): [string, Setting<unknown>][] =>
  Object.entries(rules[rule].settings as unknown as SettingsOf);

/** A rule as operators write it: what is left out is as by default. */
const operatorsRule = (rule: RuleName) =>
  keyed(
    Object.fromEntries(
      settingsOf(rule).map(([name, { schema, fallback, description }]) => [
        name,
        schema.default(fallback).register(z.globalRegistry, { description }),
      ]),
    ),
  )
    .prefault({})
    .register(z.globalRegistry, { description: rules[rule].about });

/** A rule as recipes write it: what is left out is the operator's. */
const recipesRule = (rule: RuleName) =>
  keyed(
    Object.fromEntries(
      settingsOf(rule).map(([name, { schema, description }]) => [
        name,
        schema.optional().register(z.globalRegistry, { description }),
      ]),
    ),
  )
    .optional()
    .register(z.globalRegistry, { description: rules[rule].about });

const ofRules = <T>(make: (rule: RuleName) => T): Record<RuleName, T> =>
  Object.fromEntries(ruleNames.map((rule) => [rule, make(rule)])) as Record<RuleName, T>;

/** What an image must satisfy before it is published. */
export interface ProvenancePolicy extends RuleSettings {
  checks: Check[];
  waivers: Waiver[];
  exceptions: Exception[];
}

/** The operator's. */
export const ProvenancePolicy = keyed({
  ...ofRules(operatorsRule),
  checks,
  waivers: z
    .array(WrittenWaiver, { error: "list waivers, each with rule, reason and expires" })
    .default([])
    .describe("What may stay though a rule is against it."),
  exceptions: z
    .array(Exception, { error: "list exceptions, each with vulnerability, reason and expires" })
    .default([])
    .describe("Vulnerabilities that do no harm here: docs/vulnerabilities.md."),
}) as unknown as z.ZodType<ProvenancePolicy>;

/** A recipe's: what it says beside the operator's, which it may only tighten. */
export type RecipePolicy = { checks: Check[] } & {
  [Rule in RuleName]?: {
    [Name in keyof RuleSettings[Rule]]?: RuleSettings[Rule][Name] | undefined;
  };
};

export const RecipePolicy = keyed({
  ...ofRules(recipesRule),
  checks,
}) as unknown as z.ZodType<RecipePolicy>;

/** What holds when nobody has written a policy. */
export const defaultPolicy = (): ProvenancePolicy => ProvenancePolicy.parse({});
