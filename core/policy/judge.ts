import { shownName } from "../inventory/names.ts";
import { fits } from "../pattern.ts";
import { applyExceptions, type Judged } from "../vulnerabilities/exceptions.ts";
import { checkLooks } from "./checks.ts";
import type { Facts, Look } from "./facts.ts";
import { looks } from "./looks.ts";
import { ruleNames, rules } from "./rules.ts";
import type { Mode, RuleName } from "./rules.ts";
import type { ProvenancePolicy, Waiver } from "./schema.ts";
import type { Item, RuleVerdict, Verdict } from "./verdict.ts";

/** Items of evidence that a verdict keeps of one rule. */
const mostItems = 20;

/** Characters of what one item says. */
const longestItem = 300;

/** Judges an image by a policy: pure, and the same for the same facts. */
export const judge = (policy: ProvenancePolicy, facts: Facts): Verdict => {
  const { now, scan } = facts;
  const found = "impossible" in scan ? [] : scan.findings;
  const judged = applyExceptions(found, policy.exceptions, now);
  const verdicts = [
    ...ruleNames.map((rule) => {
      const look = looks[rule](policy[rule] as never, { ...facts, judged });
      return ruleVerdict(policy, rule, { look, now });
    }),
    ...checkLooks(policy.checks, facts).map(({ check, look }) =>
      ruled(
        {
          ...{ rule: `check: ${check.name}`, about: `The check "${check.name}" passes.` },
          ...{ mode: check.mode, waivers: waiversOf(policy, "checks", now) },
        },
        look,
      ),
    ),
  ];
  return {
    format: 1,
    passed: verdicts.every(({ mode, status }) => mode === "report" || status !== "fail"),
    at: now.toISOString(),
    ...("newest" in scan && scan.newest !== undefined && { newest: scan.newest }),
    recipe: facts.recipe,
    rules: verdicts,
    unused: unusedOf(judged, scan),
  };
};

/** What a rule says, by what it looked at: its mode and waivers are the policy's. */
export const ruleVerdict = (
  policy: ProvenancePolicy,
  rule: RuleName,
  { look, now }: { look: Look; now: Date },
): RuleVerdict => {
  const { about } = rules[rule];
  const { mode } = policy[rule];
  return ruled({ rule, about, mode, waivers: waiversOf(policy, rule, now) }, look);
};

const waiversOf = (policy: ProvenancePolicy, rule: Waiver["rule"], now: Date): DatedWaiver[] => {
  const today = now.toISOString().slice(0, 10);
  return policy.waivers
    .filter((waiver) => waiver.rule === rule)
    .map((waiver) => ({ ...waiver, expired: waiver.expires < today }));
};

/** Where nothing was searched, nothing is known of what is not needed. */
const unusedOf = ({ unused }: Judged, scan: Facts["scan"]) => ("impossible" in scan ? [] : unused);

interface DatedWaiver extends Waiver {
  expired: boolean;
}

interface Ruling {
  rule: string;
  about: string;
  mode: Mode;
  waivers: DatedWaiver[];
}

const ruled = ({ waivers, ...rule }: Ruling, look: Look): RuleVerdict => {
  const items = "unknown" in look ? [{ of: rule.rule, says: look.unknown }] : look.against;
  const decided = items.map((item) => ({ item, waiver: waiverFor(waivers, item) }));
  const waived = [
    ...("unknown" in look ? [] : (look.excepted ?? []).map(bounded)),
    ...decided.flatMap(({ item, waiver }) =>
      waiver === undefined || waiver.expired
        ? []
        : [{ ...bounded(item), reason: waiver.reason, expires: waiver.expires }],
    ),
  ];
  const against = decided.flatMap(({ item, waiver }) => {
    if (waiver === undefined) return [bounded(item)];
    if (!waiver.expired) return [];
    const says = `${item.says}; the waiver "${waiver.reason}" expired on ${waiver.expires}`;
    return [bounded({ ...item, says })];
  });
  const status = against.length > 0 ? "fail" : waived.length > 0 ? "waived" : "pass";
  const evidence = status === "pass" && !("unknown" in look) ? (look.seen ?? []) : against;
  return {
    ...{ ...rule, status },
    says: sentence(look, against, waived.length),
    evidence: evidence.slice(0, mostItems).map(bounded),
    more: Math.max(0, evidence.length - mostItems),
    waived: waived.slice(0, mostItems),
    moreWaived: Math.max(0, waived.length - mostItems),
    ...(status === "fail" && { remedy: look.remedy }),
  };
};

/** One that still counts, before one that did. */
const waiverFor = (waivers: readonly DatedWaiver[], { of }: Item): DatedWaiver | undefined => {
  const fitting = waivers.filter((waiver) => waiver.of === undefined || fits(of, waiver.of));
  return fitting.find(({ expired }) => !expired) ?? fitting[0];
};

const bounded = <One extends Item>(item: One): One => ({
  ...item,
  of: cut(item.of),
  says: cut(oneLine(item.says)),
});

const cut = (text: string): string =>
  text.length > longestItem ? `${text.slice(0, longestItem)}…` : text;

/** Names of the image are in it, and one with a line break would begin a sentence of its own. */
const oneLine = (says: string): string => shownName(says.replaceAll(/\s+/g, " "));

const sentence = (look: Look, against: readonly Item[], waived: number): string => {
  const kept = waived === 0 ? "" : `; waived: ${waived}`;
  const [first] = against;
  if (first === undefined) {
    return "unknown" in look
      ? `${look.unknown}${kept}`
      : `${waived === 0 ? look.looked : "nothing else is against it"}${kept}`;
  }
  const others = against.length === 1 ? "" : `, and ${against.length - 1} more`;
  return `${first.says}${others}${kept}`;
};

/** What failed, a sentence a rule: for the operator, and for subscribers. */
export const failureText = ({ rules: all }: Verdict): string => {
  const failed = all.filter(({ mode, status }) => mode === "enforce" && status === "fail");
  const many = failed.length === 1 ? "a rule" : `${failed.length} rules`;
  return [
    `the image was baked and fails ${many} of the provenance policy:`,
    ...failed.map(({ rule, says, remedy = "" }) => `${rule}: ${says}; ${remedy}`),
  ].join("\n");
};
