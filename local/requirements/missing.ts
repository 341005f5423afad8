import { globSync } from "node:fs";
import { isNeeded, type Needs, type Requirement } from "../../core/requirements/requirement.ts";
import { findCommand } from "./search-path.ts";
import { requirements } from "../../core/requirements/table.ts";

/** The commands and files of a requirement that are not on this machine. */
export const lacks = ({ commands = [], files = [] }: Requirement): string[] => {
  const absent = commands
    .filter((names) => !names.some((name) => findCommand(name) !== undefined))
    .map(([name = ""]) => name);
  const [first] = files;
  if (first === undefined || files.some((path) => globSync(path).length > 0)) return absent;
  return [...absent, first];
};

/** What a bake with these needs uses and this machine has not. */
// A promise, since the answer for a builder elsewhere will come over the wire.
export const missingRequirements = async (needs: Needs): Promise<Requirement[]> =>
  neededRequirements(needs).filter((requirement) => lacks(requirement).length > 0);

/** All that a bake with these needs uses. */
export const neededRequirements = (needs: Needs): Requirement[] =>
  requirements.filter((requirement) => isNeeded(requirement, needs));
