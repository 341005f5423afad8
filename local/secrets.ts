import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { NotReady } from "../core/errors.ts";
import type { ResolvedRecipe, SecretSource } from "../core/job.ts";

/**
 * The values of a recipe's secrets, read when the agent needs them and kept nowhere. One final
 * newline of a file is not part of its secret. Throws NotReady.
 */
export const readSecrets = async (
  secrets: ResolvedRecipe["secrets"],
  folder: string,
): Promise<Record<string, string>> => {
  const values: Record<string, string> = {};
  for (const { name, from } of secrets) values[name] = await valueOf(name, from, folder);
  return values;
};

const valueOf = async (name: string, from: SecretSource, folder: string): Promise<string> => {
  if ("environment" in from) return fromEnvironment(name, from.environment);
  if ("file" in from) return fromFile(name, resolve(folder, from.file));
  const [[kind, stored] = []] = Object.entries(from);
  throw new NotReady(
    `the secret ${name} is the ${kind} ${stored} of an AWS account, which a bake on one machine has not; for such a bake, take it from the environment or a file`,
  );
};

const fromEnvironment = (name: string, variable: string): string => {
  const value = process.env[variable];
  if (value !== undefined && value !== "") return value;
  throw new NotReady(`the secret ${name} is not set; set the environment variable ${variable}`);
};

const fromFile = async (name: string, path: string): Promise<string> => {
  try {
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    throw new NotReady(`the secret ${name} cannot be read from ${path}; put its value there`, {
      cause: error,
    });
  }
};
