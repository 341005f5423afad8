import type { SecretSource } from "../job.ts";
import type { Declaration } from "./declaration.ts";
import type { DynamicValues } from "./dynamic.ts";
import { show, type Complaint } from "./explain.ts";
import { named, nearest } from "./nearest.ts";
import type { ParsedRecipe } from "./read.ts";
import { variableOf } from "./variable-of.ts";

/** What is given beside the recipe: `--set NAME=VALUE`, the environment, and what bakes fill in. */
export type Given = {
  set: Readonly<Record<string, string>>;
  environment: Readonly<Record<string, string | undefined>>;
  /** Absent on one machine; `any` where no bake is asked for, so that nothing is known of it. */
  surroundings?: DynamicValues | "any";
};

/** Where each secret's value is fetched from. */
export const secretsOf = ({ parameters }: ParsedRecipe): { name: string; from: SecretSource }[] =>
  [...parameters]
    .filter(([, { type }]) => type === "secret")
    .map(([name, { from }]) => ({ name, from: sourceOf(name, from) }));

const sourceOf = (name: string, from: Declaration["from"] = {}): SecretSource => {
  if (from.file !== undefined) return { file: from.file };
  if (from.parameter !== undefined) return { parameter: from.parameter };
  if (from.secret !== undefined) return { secret: from.secret };
  return { environment: from.environment ?? variableOf(name) };
};

/** The values of all parameters but the secrets, as text; and what is wrong with those given. */
export const valuesOf = ({ parameters }: ParsedRecipe, given: Given) => {
  const values = new Map<string, string>();
  const complaints = Object.keys(given.set).flatMap((name) => refusal(name, parameters));
  for (const [name, declaration] of parameters) {
    if (declaration.type === "secret") continue;
    const { value, complaint } = valueOf(name, declaration, given);
    values.set(name, value);
    if (complaint) complaints.push(complaint);
  }
  return { values, complaints };
};

const refusal = (name: string, parameters: ParsedRecipe["parameters"]): Complaint[] => {
  const declaration = parameters.get(name);
  if (declaration?.type === "secret") {
    const message = `the secret ${name} is given by --set, where every process can read it`;
    const source = sourceOf(name, declaration.from);
    const hint = `give it in ${"environment" in source ? `the environment, as ${source.environment}` : Object.values(source)[0]}`;
    return [{ path: ["image", "parameters", name], on: "key", message, hint }];
  }
  if (declaration) return [];
  const meant = nearest(name, parameters.keys());
  const all = `it declares ${parameters.size === 0 ? "none" : named(parameters.keys())}`;
  const hint = meant === undefined ? all : `did you mean ${meant}?`;
  const message = `--set names ${name}, which the recipe does not declare`;
  return [{ path: ["image", "parameters"], on: "key", message, hint }];
};

const valueOf = (name: string, declaration: Declaration, given: Given) => {
  const path = ["image", "parameters", name];
  const set = Object.hasOwn(given.set, name) ? given.set[name] : undefined;
  const text = set ?? given.environment[variableOf(name)];
  if (text !== undefined) {
    const value = typed(text, declaration.type);
    if (value !== undefined) return { value };
    const by = set === undefined ? variableOf(name) : "--set";
    const message = `${name} cannot be ${show(text)}, as ${by} gives it`;
    const hint = declaration.type === "number" ? "give a number" : "give true or false";
    return { value: "", complaint: { path, on: "key" as const, message, hint } };
  }
  if (declaration.default !== undefined) return { value: String(declaration.default) };
  if (declaration.required === false) return { value: "" };
  const hint = `give it by --set ${name}=…, or in the environment as ${variableOf(name)}`;
  return {
    value: "",
    complaint: { path, on: "key" as const, message: `${name} has no value`, hint },
  };
};

/** The text of a given value in the one form that equal values share. */
const typed = (text: string, type: Declaration["type"]): string | undefined => {
  if (type === "boolean") return text === "true" || text === "false" ? text : undefined;
  if (type !== "number") return text;
  const isNumber = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text);
  return isNumber && Number.isFinite(Number(text)) ? String(Number(text)) : undefined;
};
