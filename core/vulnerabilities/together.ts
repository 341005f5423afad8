import { type Finding, type SeverityLevel, severityLevels } from "./finding.ts";

/** As much of a finding as tells one vulnerability from another. */
export interface Told {
  id: string;
  package: Pick<Finding["package"], "kind" | "name" | "version" | "source">;
  severity: { level: SeverityLevel };
  fixed?: string | undefined;
}

/** Findings that are one vulnerability: of one source, in all packages that were made from it. */
export type Group<One> = [One, ...One[]];

/**
 * Findings by the vulnerability that they are. A kernel's source makes twenty packages: a flaw in
 * it is one, and one upgrade mends it. `apart` names what else keeps two of them from being one.
 */
export const together = <One extends Told>(
  findings: readonly One[],
  apart: (one: One) => readonly unknown[] = () => [],
): Group<One>[] => {
  const groups = new Map<string, Group<One>>();
  for (const finding of findings) {
    const { id, severity, fixed, package: one } = finding;
    const { name, version } = one.source ?? one;
    const key = [id, one.kind, name, version, severity.level, fixed, ...apart(finding)].join("\0");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
};

/** How many vulnerabilities there are of each severity, the worst first. */
export const severityCounts = (
  findings: readonly Told[],
): [level: SeverityLevel, count: number][] => {
  const groups = together(findings);
  return severityLevels.flatMap((level): [SeverityLevel, number][] => {
    const { length } = groups.filter(([{ severity }]) => severity.level === level);
    return length === 0 ? [] : [[level, length]];
  });
};

/** Names of packages that are told of a vulnerability. */
const mostNames = 3;

/** In what it is: a name, with what it is a name of, and a version. */
export const placeOf = (group: Group<Told>): { name: string; version: string; of: string } => {
  const [{ package: one }] = group;
  const names = [...new Set(group.map(({ package: { name } }) => name))];
  if (names.length === 1 || one.source === undefined) {
    return { name: one.name, version: one.version, of: "" };
  }
  const shown = names.slice(0, mostNames).join(", ");
  const more = names.length - mostNames;
  return { ...one.source, of: more <= 0 ? ` (${shown})` : ` (${shown} and ${more} more)` };
};
