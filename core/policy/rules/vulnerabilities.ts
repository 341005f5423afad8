import type { JudgedFinding } from "../../vulnerabilities/exceptions.ts";
import {
  type SeverityLevel,
  severityLevels,
  type Unscanned,
} from "../../vulnerabilities/finding.ts";
import { type Look, unknown } from "../facts.ts";
import type { JudgedFacts, Looks } from "../looks.ts";
import type { From } from "../rules.ts";
import type { Item } from "../verdict.ts";
import { newestBeside } from "./newest-of-source.ts";

const search =
  "give the search what it needs (docs/vulnerabilities.md), or have the operator only report it";

/** A look at the findings, if there could be a search: what counts, and what exceptions take out. */
const among = (
  { scan, judged, inventory }: JudgedFacts,
  isAgainst: (finding: JudgedFinding) => boolean,
  look: { looked: string; remedy: string },
): Look => {
  if ("impossible" in scan) {
    return unknown(`vulnerabilities could not be looked for: ${scan.impossible}`, search);
  }
  const against = judged.findings.filter(isAgainst);
  const beside = newestBeside(inventory.packages);
  const itemOf = (group: Group) => itemOfGroup(group, beside);
  return {
    ...look,
    against: [
      ...together(against.filter(({ exception }) => exception?.expired !== false)).map(itemOf),
      ...uncovered(scan.unscanned),
    ],
    excepted: together(against).flatMap((group) => {
      const [{ exception }] = group;
      if (exception?.expired !== false) return [];
      return [{ ...itemOf(group), reason: exception.reason, expires: exception.expires }];
    }),
    seen: counted(judged.findings),
  };
};

/** Whether a severity is as bad as that; of one that nobody has rated only `any` says so. */
const isAsBad = (level: SeverityLevel, from: From): boolean => {
  if (from === "never") return false;
  return from === "any" || severityLevels.indexOf(level) <= severityLevels.indexOf(from);
};

/** Findings that are one vulnerability: of one source, in all packages that were made from it. */
type Group = [JudgedFinding, ...JudgedFinding[]];

/** A kernel's source makes twenty packages: a flaw in it is one, and one upgrade mends it. */
const together = (findings: readonly JudgedFinding[]): Group[] => {
  const groups = new Map<string, Group>();
  for (const finding of findings) {
    const { id, exception, fixed, package: one } = finding;
    const { name, version } = one.source ?? one;
    const key = [id, one.kind, name, version, fixed, exception?.reason, exception?.expires];
    const text = key.join("\0");
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
};

/** Names of packages that are told of a vulnerability. */
const mostNames = 3;

const packagesOf = (group: Group): string => {
  const [{ package: one }] = group;
  const names = [...new Set(group.map(({ package: { name } }) => name))];
  if (names.length === 1 || one.source === undefined) return `${one.name} ${one.version}`;
  const shown = names.slice(0, mostNames);
  const more = names.length - shown.length;
  const all = more === 0 ? shown.join(", ") : `${shown.join(", ")} and ${more} more`;
  return `${one.source.name} ${one.source.version} (${all})`;
};

const itemOfGroup = (group: Group, beside: ReturnType<typeof newestBeside>): Item => {
  const [{ id, severity, fixed, exploited, exception, package: one }] = group;
  const newer = beside(one.kind, one);
  const older = newer === undefined ? "" : `; ${newer} is installed beside it: remove this one`;
  const fix = fixed === undefined ? "without a fix" : `fixed in ${fixed}`;
  const attacked = exploited === true ? ", used in attacks" : "";
  const late =
    exception?.expired === true
      ? `; the exception "${exception.reason}" expired on ${exception.expires}`
      : "";
  const says = `${id} in ${packagesOf(group)}: ${severity.level}, ${fix}${attacked}${older}${late}`;
  return { of: id, says };
};

const counted = (findings: readonly JudgedFinding[]): Item[] =>
  severityLevels.flatMap((level) => {
    const { length } = together(findings.filter(({ severity }) => severity.level === level));
    return length === 0 ? [] : [{ of: level, says: `${length} ${level}` }];
  });

/** What nobody looked at counts as found: that nothing was found in it says nothing. */
const uncovered = (unscanned: readonly Unscanned[]): Item[] =>
  unscanned.map(({ package: one, why }) => ({
    of: one.name,
    says: `${one.name} ${one.version} was not looked at: ${why}`,
  }));

const upgrade = "upgrade the packages in a step, as in packages: {upgrade: true}, or";

export const vulnerabilityLooks: Looks<"vulnerabilities" | "known_exploited"> = {
  vulnerabilities: ({ fixable, unfixable }, facts) =>
    among(
      facts,
      ({ severity, fixed }) => isAsBad(severity.level, fixed === undefined ? unfixable : fixable),
      {
        looked: "none was found that is so bad",
        remedy: `${upgrade} have the operator write an exception with its reason`,
      },
    ),
  known_exploited: (_, facts) => {
    const { findings } = facts.judged;
    if (findings.length > 0 && findings.every(({ exploited }) => exploited === undefined)) {
      const why = "who was asked does not know which vulnerabilities are used in attacks";
      return unknown(why, "put CISA's catalogue beside the data: docs/vulnerabilities.md");
    }
    return among(facts, ({ exploited }) => exploited === true, {
      looked: "none was found that is known to be used in attacks",
      remedy: `${upgrade} remove the package`,
    });
  },
};
