import type { RuleVerdict, Verdict } from "../../policy/verdict.ts";
import type { ReportData, Section } from "../data.ts";
import { markup, type Markup, nothing } from "../markup.ts";
import { grouped, moment } from "../units.ts";
import { policyText, standingOf, standings } from "./standing.ts";

/** What each rule of the provenance policy says of the image. */
export const policy = ({ verdict }: ReportData): Section => ({
  ...{ id: "policy", title: "Policy" },
  body: verdict === undefined ? unjudged : judged(verdict),
});

const unjudged = markup`<p>No policy was asked about this image: it was baked before images were judged. <code>ovenbird check</code> cannot judge it either; bake it again.</p>`;

const judged = (verdict: Verdict): Markup => {
  const told = verdict.rules.filter((rule) => standingOf(rule) !== "passes");
  const passed = verdict.rules.filter((rule) => standingOf(rule) === "passes");
  return markup`<p>${lead(verdict)} ${whose(verdict)} On ${moment(verdict.at)}: ${policyText(verdict)}.</p>
${told.toSorted(worstFirst).map(ruleCard)}
${passed.length === 0 ? nothing : passedTable(passed)}`;
};

const worstFirst = (one: RuleVerdict, other: RuleVerdict): number => rank(one) - rank(other);

const rank = (rule: RuleVerdict): number => standings.indexOf(standingOf(rule));

const lead = ({ passed }: Verdict): string =>
  passed
    ? "The image satisfies every rule that is enforced."
    : "The image does not satisfy every rule that is enforced.";

const whose = ({ policy: file }: Verdict): Markup =>
  file === undefined
    ? markup`The policy is the one that holds where nobody wrote another.`
    : markup`The policy is <code>${file}</code>.`;

/** A rule with something against the image. */
const ruleCard = (rule: RuleVerdict): Markup => {
  const { about, says, evidence, more, waived, moreWaived, remedy } = rule;
  const items = evidence.map(({ says: text }) => markup`<li>${text}</li>`);
  return markup`<article class="rule ${standingOf(rule)}">
<h3><code>${rule.rule}</code> ${badge(rule)}</h3>
<p class="about">${about}</p>
${items.length > 0 ? markup`<ul class="evidence">${items}${andMore(more)}</ul>` : nothing}
${items.length + waived.length === 0 ? markup`<p>${says}</p>` : nothing}
${waived.length === 0 ? nothing : waivedList(waived, moreWaived)}
${remedy === undefined ? nothing : markup`<p class="todo"><strong>What to do:</strong> ${remedy}.</p>`}
</article>`;
};

const badge = (rule: RuleVerdict): Markup => {
  const standing = standingOf(rule);
  const words = {
    fails: "fails, enforced",
    reported: "fails, only reported",
    waived: "waived",
    passes: "passes",
  };
  return markup`<span class="badge ${standing}">${words[standing]}</span>`;
};

const andMore = (more: number): Markup =>
  more === 0 ? nothing : markup`<li>and ${grouped(more)} more</li>`;

const waivedList = (waived: RuleVerdict["waived"], more: number): Markup =>
  markup`<p>May stay for a while:</p>
<ul class="evidence">${waived.map(
    ({ says, reason, expires }) =>
      markup`<li>${says}<br><span class="reason">until ${expires}: ${reason}</span></li>`,
  )}${andMore(more)}</ul>`;

const passedTable = (rules: readonly RuleVerdict[]): Markup =>
  markup`<div class="wide"><table class="cards rules">
<caption>Rules that the image passes</caption>
<thead><tr><th scope="col">Rule</th><th scope="col">What it asks</th><th scope="col">What was seen</th></tr></thead>
<tbody>${rules.map(passedRow)}</tbody>
</table></div>`;

const passedRow = ({ rule, about, says, evidence, more }: RuleVerdict): Markup => {
  const seen = evidence.map(({ says: text }) => markup`<li>${text}</li>`);
  const list = seen.length === 0 ? nothing : markup`<ul>${seen}${andMore(more)}</ul>`;
  return markup`<tr><th scope="row"><code>${rule}</code></th><td>${about}</td><td>${says}${list}</td></tr>`;
};
