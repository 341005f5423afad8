import * as z from "zod";
import type { Declaration } from "./declaration.ts";
import { ParameterName } from "./formats.ts";
import { either, keyed, some } from "./shape.ts";

const RIGHT = "write a value, a list of values, or {not: …}";

const Value = z.union([z.string(), z.number(), z.boolean()], { error: RIGHT });
const Values = z.union([Value, some(Value, "list at least one value")], { error: RIGHT });
type Values = z.infer<typeof Values>;

/** Which values of which parameters a step is for; all must match. */
export const When = z
  .record(ParameterName, z.union([Values, keyed({ not: Values })], { error: RIGHT }), {
    error: "write a map from a parameter's name to its value, as in {SUITE: trixie}",
  })
  .describe("Run the step only when every parameter named here has (one of) the values given.");
export type When = z.infer<typeof When>;

const list = (values: Values) => (Array.isArray(values) ? values : [values]);

const isNot = (condition: When[string]): condition is { not: Values } =>
  typeof condition === "object" && !Array.isArray(condition);

/** The values a condition names, each with its path below `when:`. */
export const namedValues = (name: string, condition: When[string]) => {
  const values = isNot(condition) ? condition.not : condition;
  const path = isNot(condition) ? [name, "not"] : [name];
  return Array.isArray(values)
    ? values.map((value, index) => ({ value, path: [...path, index] }))
    : [{ value: values, path }];
};

const show = (text: string, declaration: Declaration | undefined): string =>
  declaration?.type === "string" ? JSON.stringify(text) : text;

/** Why `when:` leaves a step out, as a sentence; undefined when the step runs. */
export const skipReason = (
  when: When,
  parameters: ReadonlyMap<string, Declaration>,
  values: ReadonlyMap<string, string>,
): string | undefined => {
  for (const [name, condition] of Object.entries(when)) {
    const value = values.get(name) ?? "";
    const wanted = list(isNot(condition) ? condition.not : condition).map(String);
    if (wanted.includes(value) !== isNot(condition)) continue;
    const shown = (text: string) => show(text, parameters.get(name));
    return isNot(condition)
      ? `${name} is ${shown(value)}, and the step is for anything but ${either(wanted.map(shown))}`
      : `${name} is ${shown(value)}, and the step is for ${either(wanted.map(shown))}`;
  }
  return undefined;
};
