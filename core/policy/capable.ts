import { fits } from "../pattern.ts";

/*
 * What may have capabilities, as a policy has it: a path or a pattern of paths, and after a colon
 * and a blank the very set, as core/inventory/capabilities.ts writes it. Without one it is any set.
 */

interface Capable {
  path: string;
  /** Any, when absent. */
  set?: string;
}

const some = "cap_\\w+(?:,cap_\\w+)*\\+[eip]+";
const written = new RegExp(`^(.+?): ((?:=|${some}(?: ${some})*)(?: \\[rootid=\\d+\\])?)$`, "s");

const capableOf = (entry: string): Capable => {
  const [, path, set] = written.exec(entry) ?? [];
  return path === undefined || set === undefined ? { path: entry } : { path, set };
};

/** The sets that are allowed at a path: none are, or `any`, or those. */
export const setsAt = (path: string, allowed: readonly string[]): "any" | string[] => {
  const here = allowed.map(capableOf).filter((one) => fits(path, [one.path]));
  const sets = here.flatMap(({ set }) => set ?? []);
  return sets.length < here.length ? "any" : sets;
};

/** Whether all that an entry of a recipe's allows is allowed by one of the operator's. */
export const isWithin = (entry: string, operators: readonly string[]): boolean => {
  const { path, set } = capableOf(entry);
  const sets = setsAt(path, operators);
  return sets === "any" || (set !== undefined && sets.includes(set));
};
