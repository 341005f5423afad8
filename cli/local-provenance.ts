import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { createHash } from "node:crypto";
import { parsePolicy } from "../core/operator-policy/read.ts";
import { leastPolicy } from "../core/operator-policy/schema.ts";
import { type ProvenanceInForce, provenanceOf } from "../core/policy/in-force.ts";
import type { Vulnerabilities } from "../core/vulnerabilities/finding.ts";
import { isMissing } from "../local/missing.ts";
import { osvEndpoint } from "../local/vulnerabilities/osv-endpoint.ts";
import { offlineOsv } from "../local/vulnerabilities/osv-offline.ts";
import { UsageError } from "./errors.ts";

/** What images of this machine are judged by. */
export interface LocalProvenance {
  inForce: ProvenanceInForce;
  /** Absent where nobody was named. */
  vulnerabilities: Vulnerabilities | undefined;
}

/** As the command line has them. */
export interface ProvenanceOptions {
  policy?: string;
  vulnerabilities?: string;
}

/**
 * The policy in the file that was named, or the default one; of that, vulnerabilities are only
 * reported where nobody was named who knows of them. Throws UsageError, InvalidRecipe.
 */
export const localProvenance = async (
  options: ProvenanceOptions,
  cache: string,
): Promise<LocalProvenance> => {
  const { policy: file, vulnerabilities: named = process.env["OVENBIRD_VULNERABILITIES"] } =
    options;
  const vulnerabilities =
    named === undefined || named === "" ? undefined : vulnerabilitiesOf(named, cache);
  if (file !== undefined) return { inForce: await readPolicy(file), vulnerabilities };
  const policy = provenanceOf(leastPolicy());
  if (vulnerabilities !== undefined) return { inForce: { policy }, vulnerabilities };
  const reported = {
    vulnerabilities: { ...policy.vulnerabilities, mode: "report" as const },
    known_exploited: { ...policy.known_exploited, mode: "report" as const },
  };
  return { inForce: { policy: { ...policy, ...reported } }, vulnerabilities };
};

const readPolicy = async (file: string): Promise<ProvenanceInForce> => {
  try {
    return { policy: provenanceOf(parsePolicy(await readFile(file, "utf8"), file)), file };
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new UsageError(`there is no file ${file}`, "name a policy's file: docs/policy.md", {
      cause: error,
    });
  }
};

/** A folder with a copy of OSV's data, whose index is kept; `osv`, or the URL of such a service. */
const vulnerabilitiesOf = (named: string, cache: string): Vulnerabilities => {
  if (named === "osv") return osvEndpoint();
  if (/^https?:\/\//.test(named)) return osvEndpoint({ url: named.replace(/\/+$/, "") });
  const data = resolve(named);
  const id = createHash("sha256").update(data).digest("hex").slice(0, 16);
  return offlineOsv({ data, index: join(cache, "osv", `${basename(data)}-${id}.sqlite`) });
};
