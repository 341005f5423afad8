import * as z from "zod";
import { Digest } from "../origin.ts";
import { Exception } from "../vulnerabilities/exceptions.ts";
import { RecipeFacts } from "./recipe-facts.ts";

/** What a rule found against an image, or for it. */
export const Item = z.strictObject({
  /** What waivers name it by: a path, a package, a CVE, a step. */
  of: z.string(),
  /** The same in words, with what is wrong with it. */
  says: z.string(),
});
export type Item = z.infer<typeof Item>;

/** Something against an image that may stay. */
export const WaivedItem = Item.extend({
  reason: z.string(),
  /** The last day on which it counts. */
  expires: z.string(),
});
export type WaivedItem = z.infer<typeof WaivedItem>;

/** What one rule says of an image. */
export const RuleVerdict = z.strictObject({
  /** The rule's name, or `check: ` and that of a check. */
  rule: z.string(),
  about: z.string(),
  mode: z.enum(["enforce", "report"]),
  status: z.enum(["pass", "fail", "waived"]),
  /** A sentence. */
  says: z.string(),
  /** The first of what is against it; of a pass, what was looked at. */
  evidence: z.array(Item),
  /** How many more there are. */
  more: z.int().nonnegative(),
  /** The first of what may stay, and why. */
  waived: z.array(WaivedItem),
  /** How many more of those there are; verdicts of before do not say. */
  moreWaived: z.int().nonnegative().default(0),
  /** What to do: a sentence; absent of a pass. */
  remedy: z.string().optional(),
});
export type RuleVerdict = z.infer<typeof RuleVerdict>;

/** Whether an image may be published, and why. */
export const Verdict = z.strictObject({
  format: z.literal(1),
  /** Whether every rule that is enforced passes, or is waived. */
  passed: z.boolean(),
  /** ISO 8601: when it was judged, as days of waivers count. */
  at: z.iso.datetime(),
  /** The operator's file; absent when nobody wrote one. */
  policy: z.string().optional(),
  /** ISO 8601: the newest of what was known of vulnerabilities; absent when nobody said. */
  newest: z.string().optional(),
  recipe: RecipeFacts,
  /** Of the packed inventory that was judged; verdicts of before do not say. */
  inventory: Digest.optional(),
  rules: z.array(RuleVerdict),
  /** Exceptions for which nothing was found: they can go. */
  unused: z.array(Exception),
});
export type Verdict = z.infer<typeof Verdict>;

/** The name of a verdict among its bake's artifacts, and beside an image's disk. */
export const verdictFile = "verdict.json";

/** The same verdict has the same text. */
export const verdictText = (verdict: Verdict): string => `${JSON.stringify(verdict, null, 1)}\n`;
