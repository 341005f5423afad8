import type { RuleVerdict, Verdict } from "../core/policy/verdict.ts";
import { printable } from "./progress/printable.ts";
import { table } from "./table.ts";

/** A verdict in a line. */
export const verdictLine = (verdict: Verdict | undefined): string => {
  if (verdict === undefined) return "not judged: it was baked before anybody asked";
  const named = (status: RuleVerdict["status"]) =>
    verdict.rules.filter((rule) => rule.status === status).map(({ rule }) => rule);
  const failed = named("fail");
  const waived = named("waived");
  return [
    `${verdict.passed ? "passed" : "failed"}, ${verdict.at.slice(0, 10)}`,
    ...(failed.length > 0 ? [`fails ${failed.join(", ")}`] : []),
    ...(waived.length > 0 ? [`waived ${waived.join(", ")}`] : []),
  ].join("; ");
};

const words = { pass: "pass", fail: "FAIL", waived: "waived" };

/** A verdict for people: a row a rule, then what each that fails has against the image. */
export const verdictPage = (verdict: Verdict): string => {
  const rows = verdict.rules.map(({ rule, mode, status, says }) => {
    const word = status === "fail" && mode === "report" ? "reported" : words[status];
    return [word, rule, says];
  });
  const failed = verdict.rules.filter(({ status }) => status !== "pass");
  return [table([], rows), ...failed.map(detail)].join("\n\n");
};

const detail = ({ rule, about, evidence, more, waived, moreWaived, remedy }: RuleVerdict): string =>
  [
    `${rule}: ${about}`,
    ...evidence.map(({ says }) => `  ${says}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...waived.map(({ says, reason, expires }) => `  waived until ${expires}: ${says} (${reason})`),
    ...(moreWaived > 0 ? [`  and ${moreWaived} more that are waived`] : []),
    ...(remedy === undefined ? [] : [`  to do: ${remedy}`]),
  ]
    .map(printable) // a name with a line break in it begins no line
    .join("\n");
