import * as z from "zod";
import type { Distribution } from "../inventory.ts";
import type { Software } from "../sbom/software.ts";

/** From the worst to what nobody has rated. */
export const severityLevels = ["critical", "high", "medium", "low", "none", "unknown"] as const;
export const SeverityLevel = z.enum(severityLevels);
export type SeverityLevel = z.infer<typeof SeverityLevel>;

export const Severity = z.strictObject({
  level: SeverityLevel,
  /** CVSS, 0 to 10. */
  score: z.number().optional(),
  /** What the score was made from. */
  vector: z.string().optional(),
});
export type Severity = z.infer<typeof Severity>;

/** A vulnerability that a package of an image has. */
export const Finding = z.strictObject({
  /** The CVE's, where it has one. */
  id: z.string(),
  /** Others by which it is known, sorted. */
  aliases: z.array(z.string()),
  summary: z.string().optional(),
  package: z.strictObject({
    kind: z.string(),
    name: z.string(),
    version: z.string(),
    architecture: z.string().optional(),
    source: z.strictObject({ name: z.string(), version: z.string() }).optional(),
  }),
  severity: Severity,
  /** The version that no longer has it, of the package or of its source; absent when there is none. */
  fixed: z.string().optional(),
  /** Whether it is known to be used in attacks; absent when whoever was asked does not know. */
  exploited: z.boolean().optional(),
  /** Who says so, and under what name there. */
  source: z.strictObject({ database: z.enum(["osv", "inspector"]), record: z.string() }),
});
export type Finding = z.infer<typeof Finding>;

/** A package in which nobody looked: that nothing was found in it says nothing. */
export const Unscanned = z.strictObject({
  package: Finding.shape.package,
  /** Why, in the words of who was asked. */
  why: z.string(),
});
export type Unscanned = z.infer<typeof Unscanned>;

/** Who looked for vulnerabilities, and in what. */
export const Scanner = z.strictObject({
  /** For people. */
  name: z.string(),
  /** Where it is: the URL that was asked; or `ovenbird:osv/` and the name of a copy's folder. */
  uri: z.string(),
  /** Its own, where it says one. */
  version: z.string().optional(),
  /** Where what it knows is from, if that is told. */
  database: z.string().optional(),
});
export type Scanner = z.infer<typeof Scanner>;

/** What a search for vulnerabilities brought. */
export interface Scan {
  scanner: Scanner;
  /** By the id, then the package. */
  findings: Finding[];
  /** Packages that whoever was asked does not cover; a policy may fail on them. */
  unscanned: Unscanned[];
  /** ISO 8601: of what was known, the newest; absent when who was asked does not say. */
  newest?: string | undefined;
}

/** Those who know of vulnerabilities. */
export interface Vulnerabilities {
  /**
   * Looks for those of all of an image's software. Throws ScanImpossible; also when nothing of it
   * is covered, or nothing of its distribution's by Inspector.
   */
  find(packages: readonly Software[], distribution: Distribution | undefined): Promise<Scan>;
}

/** The package as findings have it. */
export const named = (one: Software): Finding["package"] => {
  const { kind, name, version, architecture, source } = one;
  return {
    ...{ kind, name, version },
    ...(architecture !== undefined && { architecture }),
    ...(source !== undefined && { source }),
  };
};

/** The order of findings. */
export const inOrder = (findings: readonly Finding[]): Finding[] => {
  const keyed = findings.map((one) => [keyOf(one), one] as const);
  const sorted = keyed.toSorted(([one], [other]) => (one < other ? -1 : Number(one > other)));
  return sorted.map(([, finding]) => finding);
};

/** One vulnerability of one package has one key, whoever found it. */
export const keyOf = ({ id, package: { kind, name, version, architecture } }: Finding): string =>
  [id, kind, name, version, architecture].join("\0");
