import * as z from "zod";
import {
  type Finding,
  type Severity,
  SeverityLevel,
  type Unscanned,
} from "../vulnerabilities/finding.ts";
import type { KeptScan } from "../vulnerabilities/kept-scan.ts";
import type { Told } from "../vulnerabilities/together.ts";
import { type Statement, statementType, type Subject } from "./statement.ts";

/*
 * What vulnerabilities were known when an image was judged: in-toto's predicate of them,
 * https://github.com/in-toto/attestation/blob/main/spec/predicates/vulns_02.md.
 */

export const vulnerabilitiesType = "https://in-toto.io/attestation/vulns/v0.2";

/** What is read of such a predicate, for people. */
export const ScanPredicate = z.object({
  scanner: z.object({
    uri: z.string(),
    version: z.string().optional(),
    db: z.object({ uri: z.string().optional(), lastUpdate: z.string() }).optional(),
    result: z.array(
      z.object({
        id: z.string(),
        severity: z.array(z.object({ method: z.string(), score: z.string() })),
        annotations: z.array(z.record(z.string(), z.string())),
      }),
    ),
  }),
  ovenbird_unscanned: z.array(z.unknown()),
  metadata: z.object({ scanFinishedOn: z.string() }),
});
export type ScanPredicate = z.infer<typeof ScanPredicate>;

/** What of its findings tells one vulnerability from another. */
export const toldIn = ({ scanner: { result } }: ScanPredicate): Told[] =>
  result.map(({ id, severity, annotations }) => {
    const about: Partial<Record<string, string>> = Object.assign({}, ...annotations);
    const { package: name = "", kind = "", version = "", fixed } = about;
    const { source_package: from, source_version: of } = about;
    const source = from === undefined || of === undefined ? undefined : { name: from, version: of };
    const level = severity.find(({ method }) => method === "level")?.score;
    return {
      ...{ id, fixed, package: { kind, name, version, ...(source && { source }) } },
      severity: { level: SeverityLevel.catch("unknown").parse(level) },
    };
  });

/** The same scan is the same statement. */
export const makeScanStatement = (subject: Subject[], scan: KeptScan): Statement => ({
  ...{ _type: statementType, subject, predicateType: vulnerabilitiesType },
  predicate: {
    scanner: { ...scannerOf(scan), result: scan.findings.map(resultOf) },
    // the predicate has no field for these, and an empty result would speak for them too
    ovenbird_unscanned: scan.unscanned.map(unscannedOf),
    metadata: { scanStartedOn: scan.startedOn, scanFinishedOn: scan.finishedOn },
  },
});

const scannerOf = ({ scanner: { uri, version, database }, newest }: KeptScan) => ({
  uri,
  ...(version !== undefined && { version }),
  // who does not say how old its data is has no `db`: its `lastUpdate` would be made up
  ...(newest !== undefined && {
    db: { ...(database !== undefined && { uri: database }), lastUpdate: newest },
  }),
});

const packageOf = ({ name, kind, version, architecture, source }: Finding["package"]) => ({
  ...{ package: name, kind, version },
  ...(architecture !== undefined && { architecture }),
  ...(source !== undefined && { source_package: source.name, source_version: source.version }),
});

const unscannedOf = ({ package: one, why }: Unscanned) => ({ ...packageOf(one), why });

const resultOf = (finding: Finding) => {
  const { id, severity, source, fixed, exploited } = finding;
  const about: Record<string, string> = {
    ...packageOf(finding.package),
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
