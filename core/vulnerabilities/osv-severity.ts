import { levelOf, levelOfFourth, scoreOf } from "./cvss.ts";
import type { Severity, SeverityLevel } from "./finding.ts";
import type { OsvAffected, OsvRecord } from "./osv-record.ts";

type Rating = NonNullable<OsvRecord["severity"]>[number];

/** What distributions call what they do not take for a danger. */
const harmless = new Set(["unimportant", "negligible"]);

const levels: Readonly<Record<string, SeverityLevel>> = {
  ...{ critical: "critical", important: "high", high: "high", moderate: "medium" },
  ...{ medium: "medium", low: "low", negligible: "low", unimportant: "low" },
};

/**
 * How bad it is: by the highest CVSS score that can be made, or else by the word of whoever wrote
 * the record, or else by what a vector of CVSS 4 comes to. What the distribution holds harmless is low at most, whatever CVSS makes of it.
 */
export const severityOf = (record: OsvRecord, affected: OsvAffected): Severity => {
  const ratings = [...(affected.severity ?? []), ...(record.severity ?? [])];
  const words = wordsOf(record, affected, ratings);
  const vectors = ratings.filter(({ type }) => type.startsWith("CVSS_"));
  const best = vectors
    .map(({ score: vector }) => ({ vector, score: scoreOf(vector) }))
    .filter((one): one is { vector: string; score: number } => one.score !== undefined)
    .toSorted((one, other) => other.score - one.score)[0];
  const isHarmless = words.some((word) => harmless.has(word));
  const word = words.map((one) => levels[one]).find((level) => level !== undefined);
  if (best !== undefined) return { level: isHarmless ? "low" : levelOf(best.score), ...best };
  const rated = vectors
    .map(({ score: vector }) => ({ vector, level: levelOfFourth(vector) }))
    .find(({ level }) => level !== undefined);
  const vector = rated?.vector ?? vectors[0]?.score;
  const level = isHarmless ? "low" : (word ?? rated?.level ?? "unknown");
  return { level, ...(vector !== undefined && { vector }) };
};

/** Ubuntu rates in a type of its own, Debian in an urgency, GitHub and AlmaLinux in a field. */
const wordsOf = (
  record: OsvRecord,
  affected: OsvAffected,
  ratings: readonly Rating[],
): string[] => {
  const advisory = /^(critical|important|moderate|low):/i.exec(record.summary ?? "")?.[1];
  return [
    ...ratings.flatMap(({ type, score }) => (type === "Ubuntu" ? [score] : [])),
    affected.ecosystem_specific?.urgency,
    record.database_specific?.severity,
    advisory,
  ].flatMap((word) => (typeof word === "string" ? [word.toLowerCase()] : []));
};
