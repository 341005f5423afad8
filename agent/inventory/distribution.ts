import type { Distribution } from "../../core/inventory.ts";
import { isField } from "./database-content.ts";
import { databasePlace, databaseText, DatabaseProblem } from "./database-file.ts";

/** Where it is looked for, in the order of os-release(5). */
const places = ["/etc/os-release", "/usr/lib/os-release"];

/** What distribution a mounted image says it is; undefined when nothing that can be read says so. */
export const readDistribution = async (root: string): Promise<Distribution | undefined> => {
  for (const path of places) {
    const text = await textAt(root, path);
    const found = text === undefined ? undefined : parseRelease(text);
    if (found !== undefined) return found;
  }
  return undefined;
};

const textAt = async (root: string, path: string): Promise<string | undefined> => {
  try {
    return await databaseText(await databasePlace(root, path));
  } catch (error) {
    if (error instanceof DatabaseProblem) return undefined;
    throw error;
  }
};

/** Reads os-release: assignments of a shell, whose values may be quoted, and of which the last counts. */
export const parseRelease = (text: string): Distribution | undefined => {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^\s*([A-Z0-9_]+)=(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, unquoted(value));
  }
  const field = (name: string) => {
    const value = fields.get(name);
    return isField(value) ? value : undefined;
  };
  const id = field("ID");
  if (id === undefined) return undefined;
  const [version, codename] = [field("VERSION_ID"), field("VERSION_CODENAME")];
  const name = field("PRETTY_NAME");
  return {
    ...{ id },
    ...(version !== undefined && { version }),
    ...(codename !== undefined && { codename }),
    ...(name !== undefined && { name }),
  };
};

const unquoted = (value: string): string => {
  const [, quote, inner] = /^(["'])(.*)\1$/.exec(value) ?? [];
  return quote === "'" ? (inner ?? "") : (inner ?? value).replaceAll(/\\([$"'\\`])/g, "$1");
};
