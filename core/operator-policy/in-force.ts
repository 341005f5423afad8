import type { Complaint } from "../recipe/explain.ts";
import { fits } from "../pattern.ts";
import { either } from "../recipe/shape.ts";
import type { Path } from "../recipe/tree.ts";
import type { OperatorPolicy } from "./schema.ts";

/** A policy, and of whom it is. */
export interface PolicyInForce {
  policy: OperatorPolicy;
  /** The drop prefix: the first folder of the keys, empty for those in no folder. */
  prefix: string;
  /** The key of the policy's file; absent when there is none, and the least policy holds. */
  file?: string;
  /** What is the stage's own, which everybody may name. */
  own: Own;
}

export interface Own {
  /** The stage's name: secrets lie in folders that have it in their names. */
  stage: string;
  subnets: string[];
  securityGroups: string[];
  /** ARNs of KMS keys. */
  keys: string[];
}

/** One thing that is asked for and one that is held against it. */
export interface Ask {
  /** Where the recipe asks for it. */
  path: Path;
  /** What it is: `the image name`. */
  what: string;
  value: string;
  /** Patterns of what would be allowed. */
  allowed: readonly string[];
}

/** What is wrong with an ask: nothing, or one complaint. */
export const complaintsAbout = (
  inForce: PolicyInForce,
  { path, what, value, allowed }: Ask,
): Complaint[] =>
  fits(value, allowed) ? [] : [refusal(inForce, path, `${what} ${value}`, allowedText(allowed))];

/** A complaint: what is refused to whom, and what would be allowed by which file. */
export const refusal = (
  { prefix, file }: PolicyInForce,
  path: Path,
  asked: string,
  allowed: string,
): Complaint => ({
  ...{ path, on: "value" },
  message: `${asked} is not allowed ${prefix === "" ? "at the top of the bucket" : `below ${prefix}/`}`,
  hint: `${allowed}, by ${file ?? `the policy that holds without a file (there is no ${policyKey(prefix)})`}`,
});

const allowedText = (allowed: readonly string[]): string =>
  allowed.length === 0 ? "none is allowed" : `allowed is ${either(allowed)}`;

const folder = "policies/";

/** Holds for prefixes that have no file of their own. */
export const commonPolicyKey = `${folder}default.yaml`;

/** The key of a prefix's policy. */
export const policyKey = (prefix: string): string =>
  prefix === "" ? commonPolicyKey : `${folder}${prefix}.yaml`;

/** Keys under which a prefix's policy may be, the first that is there holds. */
export const policyKeys = (prefix: string): string[] =>
  [...new Set([policyKey(prefix), commonPolicyKey])].flatMap((key) => [
    key,
    key.replace(/yaml$/, "json"),
  ]);
