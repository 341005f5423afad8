import * as z from "zod";
import {
  type Finding,
  named,
  type Severity,
  SeverityLevel,
} from "../core/vulnerabilities/finding.ts";
import type { Part } from "./inspector-sbom.ts";

const prefix = "amazon:inspector:sbom_scanner:";

const Property = z.object({ name: z.string(), value: z.string().optional() });

const Rating = z.object({
  source: z.object({ name: z.string().optional() }).optional(),
  severity: z.string().optional(),
  score: z.number().optional(),
  method: z.string().optional(),
  vector: z.string().optional(),
});
type Rating = z.infer<typeof Rating>;

const Vulnerability = z.object({
  id: z.string().min(1),
  description: z.string().optional(),
  references: z.array(z.object({ id: z.string() })).optional(),
  ratings: z.array(Rating).optional(),
  affects: z.array(z.object({ ref: z.string() })),
  properties: z.array(Property).optional(),
});
type Vulnerability = z.infer<typeof Vulnerability>;

const Component = z.object({
  "bom-ref": z.string().optional(),
  properties: z.array(Property).optional(),
});

const Tool = z.object({ vendor: z.string().optional(), version: z.string().optional() });

/**
 * What is read of Inspector's answer in the format CYCLONE_DX_1_5; the properties are those of
 * https://docs.aws.amazon.com/inspector/latest/user/cyclonedx-namespace.html
 */
export const Report = z.object({
  sbom: z.object({
    bomFormat: z.literal("CycloneDX"),
    // CycloneDX has this in two forms, and a scan is one without it too
    metadata: z
      .object({ tools: z.array(Tool) })
      .optional()
      .catch(undefined),
    components: z.array(Component).optional(),
    vulnerabilities: z.array(Vulnerability).optional(),
  }),
});
export type Report = z.infer<typeof Report>;

/** Which of Inspector's versions answered, where the answer says. */
export const versionOf = ({ sbom }: Report): string | undefined =>
  sbom.metadata?.tools.find(({ vendor = "" }) => /inspector/i.test(vendor))?.version;

/** What Inspector says of the components that it has passed over, by their refs. */
export const skipped = ({ sbom }: Report): Map<string, string> =>
  new Map(
    (sbom.components ?? []).flatMap(({ "bom-ref": ref, properties }) => {
      const said = property(properties, "info") ?? "";
      return ref !== undefined && /skipped/i.test(said) ? [[ref, said] as const] : [];
    }),
  );

const property = (properties: Vulnerability["properties"], name: string): string | undefined =>
  properties?.find((one) => one.name === `${prefix}${name}`)?.value;

/** A report's findings, of each package that a component stands for. */
export const findingsIn = ({ sbom }: Report, parts: readonly Part[]): Finding[] => {
  const byRef = new Map(parts.map((part) => [part.component["bom-ref"], part]));
  return (sbom.vulnerabilities ?? []).flatMap((one) =>
    one.affects.flatMap(({ ref }) =>
      (byRef.get(ref)?.packages ?? []).map((of) => findingOf(one, ref, of)),
    ),
  );
};

const findingOf = (
  vulnerability: Vulnerability,
  ref: string,
  of: Part["packages"][number],
): Finding => {
  const { id, description, references, ratings, properties } = vulnerability;
  const fixed = property(properties, `fixed_version:${ref}`);
  const aliases = (references ?? []).map((one) => one.id).filter((alias) => alias !== id);
  return {
    ...{ id, aliases: [...new Set(aliases)].toSorted() },
    ...(description && { summary: description }),
    ...{ package: named(of), severity: severityOf(ratings ?? []) },
    ...(fixed && { fixed }),
    exploited: property(properties, "cisa_kev_date_added") !== undefined,
    source: { database: "inspector", record: id },
  };
};

/** The worst rating; EPSS is among them, and is how likely an attack is, not how bad. */
const severityOf = (ratings: readonly Rating[]): Severity => {
  const rated = ratings
    .filter(({ source }) => source?.name !== "EPSS")
    .flatMap(({ severity = "", score, vector }): Severity[] => {
      const level = SeverityLevel.safeParse(severity === "info" ? "none" : severity).data;
      if (level === undefined) return [];
      return [{ level, ...(score !== undefined && { score }), ...(vector && { vector }) }];
    });
  const levels = SeverityLevel.options;
  const worst = rated.toSorted(
    (one, other) =>
      levels.indexOf(one.level) - levels.indexOf(other.level) ||
      (other.score ?? 0) - (one.score ?? 0),
  );
  return worst[0] ?? { level: "unknown" };
};
