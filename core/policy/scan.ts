import { ScanImpossible } from "../errors.ts";
import type { Inventory } from "../inventory.ts";
import type { Vulnerabilities } from "../vulnerabilities/finding.ts";
import type { Facts } from "./facts.ts";

/** What is said where nobody was told whom to ask. */
const nobody =
  "nobody was told where to look for them: give --vulnerabilities a folder with OSV's data, or the word osv";

/** The vulnerabilities of all software of an image; or why there could be no search. */
export const scanOf = async (
  vulnerabilities: Vulnerabilities | undefined,
  { packages, languagePackages = [], distribution }: Inventory,
): Promise<Facts["scan"]> => {
  if (vulnerabilities === undefined) return { impossible: nobody };
  try {
    return await vulnerabilities.find([...packages, ...languagePackages], distribution);
  } catch (error) {
    if (error instanceof ScanImpossible) return { impossible: error.message };
    throw error;
  }
};
