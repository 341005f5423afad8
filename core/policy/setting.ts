import * as z from "zod";
import { fits } from "../pattern.ts";
import { either, pattern, whole } from "../recipe/shape.ts";

/*
 * What the rules of a policy can be told. Each setting knows what it is to be stricter: a recipe
 * may say less of what is allowed, and more of what is not.
 */

/** A recipe's value with the operator's; or what it may be, when it would loosen that. */
export type Tightened<Value> = { value: Value } | { hint: string };

export interface Setting<Value> {
  schema: z.ZodType<Value>;
  /** What holds when nobody says. */
  fallback: Value;
  description: string;
  tighten(operators: Value, recipes: Value): Tightened<Value>;
}

/** A name, or a pattern of names: `*` stands for any characters, none among them. */
const Pattern = pattern(
  /^[^\p{Cc}]{1,2048}$/u,
  "write text on one line; * in it stands for any characters",
);
const Patterns = z.array(Pattern, { error: "write a list, as in [web-*]" });

/**
 * Patterns of what is allowed; a recipe's are those of which each fits one of the operator's: one
 * that fits another, its stars taken as text, stands for a part of its names.
 */
export const allowing = (
  fallback: string[],
  description: string,
  isWithin: (recipes: string, operators: readonly string[]) => boolean = fits,
): Setting<string[]> => ({
  ...{ schema: Patterns, fallback, description },
  tighten(operators, recipes) {
    if (recipes.every((one) => isWithin(one, operators))) return { value: recipes };
    return { hint: operators.length === 0 ? "none is allowed" : `allowed is ${either(operators)}` };
  },
});

/** Patterns of what is denied, or needed; a recipe's are added to the operator's. */
export const listing = (fallback: string[], description: string): Setting<string[]> => ({
  ...{ schema: Patterns, fallback, description },
  tighten: (operators, recipes) => ({ value: [...new Set([...operators, ...recipes])] }),
});

/** The most that may be; null is without limit. */
export const atMost = (
  fallback: number | null,
  unit: string,
  description: string,
): Setting<number | null> => ({
  schema: whole(
    1,
    100_000,
    `write a whole number of ${unit}, from 1 to 100000, or null`,
  ).nullable(),
  ...{ fallback, description },
  tighten(operators, recipes) {
    if (operators === null || (recipes !== null && recipes <= operators)) return { value: recipes };
    return { hint: `at most ${operators} ${unit}` };
  },
});

/** One word of several, of which each is stricter than the one before it. */
export const oneOf = <const Word extends string>(
  words: readonly [Word, ...Word[]],
  fallback: NoInfer<Word>,
  description: string,
): Setting<Word> => ({
  schema: z.enum(words),
  ...{ fallback, description },
  tighten(operators, recipes) {
    const strict = words.slice(words.indexOf(operators));
    return strict.includes(recipes) ? { value: recipes } : { hint: `it is ${either(strict)}` };
  },
});

/** One word of several, of which the first allows every other one. */
export const choice = <const Word extends string>(
  words: readonly [Word, ...Word[]],
  fallback: NoInfer<Word>,
  description: string,
): Setting<Word> => ({
  schema: z.enum(words),
  ...{ fallback, description },
  tighten: (operators, recipes) =>
    operators === words[0] || recipes === operators
      ? { value: recipes }
      : { hint: `it is ${operators}` },
});
