import type { Distribution } from "../../core/inventory.ts";
import type { FoundProblem } from "../../core/inventory/found/problem.ts";
import { isField } from "./database-content.ts";
import { databasePlace, databaseText, DatabaseProblem } from "./database-file.ts";

/** Where it is looked for, in the order of os-release(5). */
const places = ["/etc/os-release", "/usr/lib/os-release"] as const;

/** What distribution a mounted image says it is; undefined when nothing that can be read says so. */
export const readDistribution = async (root: string): Promise<Distribution | undefined> => {
  for (const path of places) {
    const text = await textAt(root, path);
    const found = text === undefined ? undefined : parseRelease(text);
    if (found !== undefined) return found;
  }
  return undefined;
};

/**
 * Why it is not to be believed which distribution an image says it is. Distributions have
 * /etc/os-release lead to their package's file, whose digest is known; somebody may have put
 * another one there, so that nobody finds vulnerabilities.
 */
export const distributionProblems = async (root: string): Promise<FoundProblem[]> => {
  const [own, packaged] = await Promise.all(
    places.map(async (path) => parseRelease((await textAt(root, path)) ?? "")),
  );
  if (own === undefined || packaged === undefined) return [];
  const [says, other] = [named(own), named(packaged)];
  if (says === other) return [];
  const reason = `it says ${says}, and ${places[1]} says ${other}`;
  return [{ section: "distribution", path: places[0], reason }];
};

const named = ({ id, version }: Distribution): string =>
  version === undefined ? id : `${id} ${version}`;

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
