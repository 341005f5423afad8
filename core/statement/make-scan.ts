import * as z from "zod";
import { Finding, type Severity } from "../vulnerabilities/finding.ts";
import { type Statement, statementType, type Subject } from "./statement.ts";

/*
 * What vulnerabilities were known when an image was published: in-toto's predicate of them,
 * https://github.com/in-toto/attestation/blob/main/spec/predicates/vulns_02.md.
 */

export const vulnerabilitiesType = "https://in-toto.io/attestation/vulns/v0.2";

/** A scan as a bake keeps it among its artifacts, under `scan.json`. */
export const KeptScan = z.object({
  findings: z.array(Finding),
  /** ISO 8601: of what was known, the newest; absent when who was asked does not say. */
  newest: z.string().optional(),
  scanner: z.strictObject({
    /** Who was asked: the endpoint, or `ovenbird:` and the name of an offline copy. */
    uri: z.string(),
    version: z.string().optional(),
  }),
  startedOn: z.iso.datetime(),
  finishedOn: z.iso.datetime(),
});
export type KeptScan = z.infer<typeof KeptScan>;

/** The same scan is the same statement. */
export const makeScanStatement = (subject: Subject[], scan: KeptScan): Statement => {
  const { scanner, newest, findings, startedOn, finishedOn } = scan;
  return {
    ...{ _type: statementType, subject, predicateType: vulnerabilitiesType },
    predicate: {
      scanner: {
        uri: scanner.uri,
        ...(scanner.version !== undefined && { version: scanner.version }),
        // who does not say how old its data is has no `db`: its `lastUpdate` would be made up
        ...(newest !== undefined && { db: { lastUpdate: newest } }),
        result: findings.map(resultOf),
      },
      metadata: { scanStartedOn: startedOn, scanFinishedOn: finishedOn },
    },
  };
};

const resultOf = (finding: Finding) => {
  const { id, severity, source, fixed, exploited } = finding;
  const { kind, name, version, architecture } = finding.package;
  const about: Record<string, string> = {
    ...{ package: name, kind, version },
    ...(architecture !== undefined && { architecture }),
    ...(fixed !== undefined && { fixed }),
    ...(exploited !== undefined && { exploited: String(exploited) }),
    ...{ database: source.database, record: source.record },
  };
  const annotations = Object.entries(about).map(([key, value]) => ({ [key]: value }));
  return { id, severity: severityOf(severity), annotations };
};

const severityOf = ({ level, score, vector }: Severity) => [
  { method: "level", score: level },
  ...(score === undefined ? [] : [{ method: "cvss_score", score: score.toFixed(1) }]),
  ...(vector === undefined ? [] : [{ method: "cvss_vector", score: vector }]),
];
