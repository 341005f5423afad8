import type * as z from "zod";
import { nearest } from "./nearest.ts";
import { whyNotHere } from "./not-here.ts";
import { either } from "./shape.ts";
import { isMap, valueAt, type Path } from "./tree.ts";

export type Issue = z.core.$ZodIssue;

/** What is wrong at a path, to be placed in the text: on the value there, or on its key. */
export type Complaint = { path: Path; on: "value" | "key"; message: string; hint: string };

/** Whether the value itself is of another type, rather than something in it being wrong. */
const isWrongType = (issue: Issue): boolean => {
  if (issue.path.length > 0) return false;
  if (issue.code !== "invalid_union") return issue.code === "invalid_type";
  return issue.errors.every((branch) => branch.some(isWrongType));
};

/** Whether a fixed word is wanted, which a map or list written instead is not meant to be. */
const isWrongWord = (issue: Issue): boolean =>
  issue.path.length === 0 && issue.code === "invalid_value";

/** Replaces a union's issue by those of the branch whose type fits what was written. */
export const flatten = (issue: Issue): Issue[] => {
  if (issue.code !== "invalid_union") return [issue];
  const branch =
    issue.errors.find((issues) => !issues.some(isWrongType) && !issues.some(isWrongWord)) ??
    issue.errors.find((issues) => !issues.some(isWrongType));
  if (branch === undefined) return [issue];
  return branch.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
};

const LONGEST = 60;

/** A value as an error shows it. */
export const show = (value: unknown): string => {
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
};

/** What people call the value at a path. */
const label = (path: Path): string => {
  const last = path.at(-1);
  if (last === undefined) return "the recipe";
  return typeof last === "number" ? `${label(path.slice(0, -1))} entry ${last + 1}` : String(last);
};

const described = (value: unknown): string => {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (isMap(value)) return "a map";
  return `${show(value)}, ${typeof value === "string" ? "text" : `a ${typeof value}`}`;
};

const WANTED: Record<string, string> = {
  array: "write a list",
  boolean: "write true or false, without quotes",
  int: "write a whole number",
  number: "write a number",
  object: "write a map",
  record: "write a map",
};

const typeHint = (expected: string, value: unknown): string => {
  if (expected !== "string") return WANTED[expected] ?? `write a ${expected}`;
  return isMap(value) || Array.isArray(value) ? "write text" : "write it in quotes";
};

const wrongType = (issue: Issue, value: unknown): string => {
  const name = label(issue.path);
  if (value === undefined) return `${name} is missing`;
  return value === null ? `${name} has no value` : `${name} is ${described(value)}`;
};

const hintOf = (issue: Issue, value: unknown): string => {
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? "";
  if (issue.message) return issue.message;
  if (issue.code === "invalid_value") return `it is ${either(issue.values.map(String))}`;
  if (issue.code !== "invalid_type") return "";
  return value === undefined || value === null
    ? "give it a value"
    : typeHint(issue.expected, value);
};

const unknownKeys = (issue: Issue & { code: "unrecognized_keys" }): Complaint[] => {
  const right = issue.message.split(", ");
  return issue.keys.map((key) => {
    const path = [...issue.path, key];
    const reason = whyNotHere(path);
    if (reason !== undefined)
      return { path, on: "key", message: `there is no ${key}`, hint: reason };
    const meant = nearest(key, right);
    const list =
      right.length === 1
        ? `the key here is ${right[0]}`
        : `the keys here are ${either(right, "and")}`;
    const hint = meant === undefined ? list : `did you mean ${show(meant)}?`;
    return { path, on: "key", message: `unknown key ${show(key)}`, hint };
  });
};

const TOO_LONG = new Set(["too_big", "too_small"]);

const whatIsWrong = (issue: Issue, value: unknown): string => {
  const name = label(issue.path);
  if (value === undefined || value === null) return wrongType(issue, value);
  if (issue.code === "invalid_key") {
    return `${show(issue.path.at(-1))} cannot be a key of ${label(issue.path.slice(0, -1))}`;
  }
  if (issue.code === "invalid_type" || issue.code === "invalid_union")
    return wrongType(issue, value);
  if (!TOO_LONG.has(issue.code)) return `${name} cannot be ${show(value)}`;
  if (typeof value === "string" && value !== "")
    return `${name} is ${value.length} characters long`;
  return Array.isArray(value) ? `${name} is ${described(value)}` : `${name} is ${show(value)}`;
};

/** Says in plain words what a zod issue means; `tree` is what was parsed. */
export const explain = (issue: Issue, tree: unknown): Complaint[] => {
  if (issue.code === "unrecognized_keys") return unknownKeys(issue);
  if (issue.code === "custom" && issue.params) {
    const { hint, on } = issue.params;
    const place = on === "key" ? "key" : "value";
    return [{ path: issue.path, on: place, message: issue.message, hint: String(hint) }];
  }
  const value = valueAt(tree, issue.path);
  const message = whatIsWrong(issue, value);
  const on = issue.code === "invalid_key" ? "key" : "value";
  return [{ path: issue.path, on, message, hint: hintOf(issue, value) }];
};
