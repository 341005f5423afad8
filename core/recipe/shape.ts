import * as z from "zod";
import { isMap } from "./tree.ts";

// In these schemas an `error` is what would be right; explain.ts says what is wrong before it.

/** Text that must look a certain way. */
export const pattern = (regex: RegExp, right: string) =>
  z.string({ error: right }).regex(regex, { error: right });

/** A whole number within limits. */
export const whole = (least: number, most: number, right: string) =>
  z.int({ error: right }).min(least, { error: right }).max(most, { error: right });

/** A list of at least one entry. */
export const some = <T extends z.ZodType>(item: T, right: string) =>
  z.array(item, { error: right }).min(1, { error: right });

/** A map that has these keys and no other; the error of an unknown key lists them. */
export const keyed = <T extends z.core.$ZodLooseShape>(shape: T) => {
  const keys = Object.keys(shape);
  const map = `write a map with the ${keys.length === 1 ? "key" : "keys"} ${either(keys, "and")}`;
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? keys.join(", ") : map),
  });
};

/** `a, b or c`. */
export const either = (words: readonly string[], last = "or"): string =>
  words.length < 2
    ? words.join("")
    : `${words.slice(0, -1).join(", ")} ${last} ${words.slice(-1).join("")}`;

type Payload = { value: unknown; issues: readonly { code?: string; path?: unknown[] }[] };

const isObject = ({ value }: Payload): boolean => isMap(value);

// A misspelt key is reported as unknown; that another one is missing follows from it.
const hasUnknownKey = (issues: Payload["issues"]): boolean =>
  issues.some((issue) => issue.code === "unrecognized_keys" && !issue.path?.length);

/** Of these keys, exactly one. Also told when something else in the map is wrong. */
export const exactlyOne = (keys: readonly string[]) =>
  z.superRefine<Record<string, unknown>>(
    (value, context) => {
      const [first, second] = keys.filter((key) => value[key] !== undefined);
      if (first === undefined && !hasUnknownKey(context.issues)) {
        const hint = "give exactly one of them";
        context.addIssue({
          code: "custom",
          message: `${either(keys)} is missing`,
          params: { hint },
        });
      }
      if (first === undefined || second === undefined) return;
      context.addIssue({
        code: "custom",
        message: `${first} and ${second} are both given`,
        path: [second],
        params: { hint: "keep one of them", on: "key" },
      });
    },
    { when: isObject },
  );

const hasEffect = (value: unknown): boolean =>
  value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

/** Of these keys, at least one with an effect. Not told when something else is wrong. */
export const atLeastOne = (keys: readonly string[]) =>
  z.superRefine<Record<string, unknown>>(
    (value, context) => {
      if (keys.some((key) => hasEffect(value[key]))) return;
      const hint = `give at least one of ${either(keys)}`;
      context.addIssue({ code: "custom", message: "this changes nothing", params: { hint } });
    },
    { when: ({ issues }) => issues.length === 0 },
  );

/** What the JSON Schema says of `exactlyOne` or `atLeastOne`. */
export const required = (keys: readonly string[]) => keys.map((key) => ({ required: [key] }));
