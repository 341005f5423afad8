import type { JudgedFinding } from "../../vulnerabilities/exceptions.ts";
import {
  type SeverityLevel,
  severityLevels,
  type Unscanned,
} from "../../vulnerabilities/finding.ts";
import { type Group, placeOf, severityCounts, together } from "../../vulnerabilities/together.ts";
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
  const groups = together(judged.findings.filter(isAgainst), exceptionOf);
  const beside = newestBeside(inventory.packages);
  const itemOf = (group: Group<JudgedFinding>) => itemOfGroup(group, beside);
  return {
    ...look,
    against: [
      ...groups.filter(([{ exception }]) => exception?.expired !== false).map(itemOf),
      ...uncovered(scan.unscanned),
    ],
    excepted: groups.flatMap((group) => {
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

/** Of what the policy makes exceptions of, each by itself. */
const exceptionOf = ({ exception }: JudgedFinding) => [exception?.reason, exception?.expires];

const placeText = (group: Group<JudgedFinding>): string => {
  const { name, version, of } = placeOf(group);
  return `${name} ${version}${of}`;
};

const itemOfGroup = (
  group: Group<JudgedFinding>,
  beside: ReturnType<typeof newestBeside>,
): Item => {
  const [{ id, severity, fixed, exploited, exception, package: one }] = group;
  const newer = beside(one.kind, one);
  const older = newer === undefined ? "" : `; ${newer} is installed beside it: remove this one`;
  const fix = fixed === undefined ? "without a fix" : `fixed in ${fixed}`;
  const attacked = exploited === true ? ", used in attacks" : "";
  const late =
    exception?.expired === true
      ? `; the exception "${exception.reason}" expired on ${exception.expires}`
      : "";
  const says = `${id} in ${placeText(group)}: ${severity.level}, ${fix}${attacked}${older}${late}`;
  return { of: id, says };
};

const counted = (findings: readonly JudgedFinding[]): Item[] =>
  severityCounts(findings).map(([level, count]) => ({ of: level, says: `${count} ${level}` }));

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
