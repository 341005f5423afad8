import { ScanImpossible } from "../errors.ts";
import type { Inventory } from "../inventory.ts";
import type { Vulnerabilities } from "../vulnerabilities/finding.ts";
import type { KeptScan } from "../vulnerabilities/kept-scan.ts";

/** What is said where nobody was told whom to ask. */
const nobody =
  "nobody was told where to look for them: give --vulnerabilities a folder with OSV's data, or the word osv";

/**
 * The vulnerabilities of all software of an image; or why there could be no search. `blind` says
 * why not all of it is known; whoever is asked would then answer for the rest.
 */
export const scanOf = async (
  vulnerabilities: Vulnerabilities | undefined,
  { packages, languagePackages = [], distribution, problems = [] }: Inventory,
  blind?: string,
): Promise<KeptScan | { impossible: string }> => {
  if (vulnerabilities === undefined) return { impossible: nobody };
  if (blind !== undefined) return { impossible: blind };
  const doubt = problems.find(({ section }) => section === "distribution");
  if (doubt !== undefined) return { impossible: `${doubt.path}: ${doubt.reason}` };
  const startedOn = now();
  try {
    const found = await vulnerabilities.find([...packages, ...languagePackages], distribution);
    const { scanner, newest, findings, unscanned } = found;
    return {
      ...{ format: 1, scanner, startedOn, finishedOn: now() },
      ...(newest !== undefined && { newest }),
      ...{ findings, unscanned },
    };
  } catch (error) {
    if (error instanceof ScanImpossible) return { impossible: error.message };
    throw error;
  }
};

const now = (): string => new Date().toISOString();
