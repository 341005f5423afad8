import type { Exception, JudgedFinding } from "../../vulnerabilities/exceptions.ts";
import {
  type SeverityLevel,
  severityLevels,
  type Unscanned,
} from "../../vulnerabilities/finding.ts";
import { type Group, placeOf, severityCounts, together } from "../../vulnerabilities/together.ts";
import type { ReportData, Section } from "../data.ts";
import { markup, type Markup, nothing } from "../markup.ts";
import { counted, grouped, moment } from "../units.ts";
import { bounded } from "./bounded.ts";
import { filterFor, searchable } from "./filter.ts";

type Searched = Extract<ReportData["vulnerabilities"], { findings: unknown }>;

/** What is known to be wrong with the image's packages, and which versions mend it. */
export const vulnerabilities = ({ vulnerabilities: known, verdict }: ReportData): Section => ({
  ...{ id: "vulnerabilities", title: "Vulnerabilities" },
  body: bodyOf(known, verdict?.unused ?? []),
});

const bodyOf = (known: ReportData["vulnerabilities"], unused: readonly Exception[]): Markup => {
  if ("unkept" in known) return unkept;
  return "impossible" in known ? impossible(known.impossible) : searched(known, unused);
};

const unkept = markup`<p class="notice"><strong>Not kept.</strong> What a search for vulnerabilities found when the image was baked is not kept with it. <code>ovenbird check</code> looks again.</p>`;

/** Never "none": nobody looked. */
const impossible = (why: string): Markup =>
  markup`<p class="notice"><strong>Not searched for.</strong> Nothing is known of this image's vulnerabilities, which does not say that there are none: ${why}.</p>`;

const searched = (known: Searched, unused: readonly Exception[]): Markup => {
  const { findings, unscanned, newest } = known;
  const groups = together(findings, ({ exception: { reason, expires } = {} }) => [reason, expires]);
  return markup`<p>${found(findings)} ${age(newest)}</p>
${findings.length === 0 ? nothing : table(groups)}
${unscanned.length === 0 ? nothing : unscannedTable(unscanned)}
${unused.length === 0 ? nothing : unusedList(unused)}`;
};

const found = (findings: readonly JudgedFinding[]): Markup => {
  if (findings.length === 0) return markup`The search found no vulnerability that is known.`;
  const counts = severityCounts(findings).map(([level, count]) => `${grouped(count)} ${level}`);
  const firsts = together(findings).map(([first]) => first);
  const fixable = firsts.filter(({ fixed }) => fixed !== undefined).length;
  const attacked = firsts.filter(({ exploited }) => exploited === true).length;
  return markup`The search found <strong>${counted(firsts.length, "vulnerability", "vulnerabilities")}</strong>: ${counts.join(", ")}. For ${grouped(fixable)} of them a fixed version is there. ${exploitedText(findings, attacked)}`;
};

/** Who was asked may not know which are used in attacks. */
const exploitedText = (findings: readonly JudgedFinding[], attacked: number): string => {
  if (attacked > 0) return `Known to be used in attacks: ${grouped(attacked)}.`;
  if (findings.every(({ exploited }) => exploited === undefined)) {
    return "Whether one is used in attacks is not known: who was asked does not say.";
  }
  return "None of them is known to be used in attacks.";
};

const age = (newest: string | undefined): Markup =>
  newest === undefined
    ? markup`How old the data is, who was asked did not say.`
    : markup`The newest of the data is of ${moment(newest)}.`;

const table = (groups: readonly Group<JudgedFinding>[]): Markup => {
  const sorted = groups.toSorted(([one], [other]) => worstFirst(one, other));
  const { rows, rest } = bounded(sorted, row);
  const search = groups.length > searchable ? filterFor("findings", "vulnerabilities") : nothing;
  return markup`${search}<div class="wide"><table class="cards findings" id="findings">
<caption>By severity, the worst first; what is used in attacks before all</caption>
<thead><tr><th scope="col">Vulnerability</th><th scope="col">Severity</th><th scope="col">Package</th><th scope="col">Fixed in</th><th scope="col">Remarks</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>${rest}`;
};

const worstFirst = (one: JudgedFinding, other: JudgedFinding): number =>
  Number(other.exploited ?? false) - Number(one.exploited ?? false) ||
  rankOf(one.severity.level) - rankOf(other.severity.level) ||
  (other.severity.score ?? 0) - (one.severity.score ?? 0) ||
  (one.id < other.id ? -1 : Number(one.id > other.id));

const rankOf = (level: SeverityLevel): number => severityLevels.indexOf(level);

const row = (group: Group<JudgedFinding>): Markup => {
  const [finding] = group;
  const { id, severity, fixed, summary } = finding;
  const { name, version, of } = placeOf(group);
  const text = summary === undefined ? nothing : markup`<span class="summary">${summary}</span>`;
  const score = severity.score === undefined ? nothing : markup` ${severity.score.toFixed(1)}`;
  return markup`<tr><th scope="row">${named(id)}${text}</th><td><span class="badge ${severity.level}">${severity.level}</span>${score}</td><td>${name} <code>${version}</code>${of}</td><td>${fixed === undefined ? "no fix yet" : markup`<code>${fixed}</code>`}</td><td>${remarks(finding)}</td></tr>`;
};

/** A CVE leads to its record, when somebody follows it; the page itself asks nobody. */
const named = (id: string): Markup =>
  /^CVE-[0-9]{4}-[0-9]{4,19}$/.test(id)
    ? markup`<a href="https://www.cve.org/CVERecord?id=${id}" rel="noreferrer"><code>${id}</code></a>`
    : markup`<code>${id}</code>`;

const remarks = ({ exploited, exception }: JudgedFinding): Markup => {
  const attacked = exploited === true ? [markup`<strong>used in attacks</strong>`] : [];
  const excepted = exception === undefined ? [] : [exceptionText(exception)];
  const all = [...attacked, ...excepted];
  return markup`${all.map((one, at) => (at === 0 ? one : markup`<br>${one}`))}`;
};

const exceptionText = ({
  reason,
  expires,
  expired,
}: NonNullable<JudgedFinding["exception"]>): Markup =>
  expired
    ? markup`exception expired on ${expires}: ${reason}`
    : markup`exception until ${expires}: ${reason}`;

const unscannedTable = (unscanned: readonly Unscanned[]): Markup => {
  const { rows, rest } = bounded(
    unscanned,
    ({ package: one, why }) =>
      markup`<tr><th scope="row">${one.name} <code>${one.version}</code></th><td>${why}</td></tr>`,
  );
  return markup`<h3>Packages that nobody looked at</h3>
<p>That nothing was found in ${counted(unscanned.length, "package")} says nothing: who was asked does not cover ${unscanned.length === 1 ? "it" : "them"}.</p>
<div class="wide"><table class="cards"><caption>Not looked at</caption><thead><tr><th scope="col">Package</th><th scope="col">Why</th></tr></thead><tbody>${rows}</tbody></table></div>${rest}`;
};

const unusedList = (unused: readonly Exception[]): Markup =>
  markup`<h3>Exceptions that nothing needs</h3>
<p>Nothing was found that these are for: they can go.</p>
<ul class="evidence">${unused.map(
    ({ vulnerability, reason, expires }) =>
      markup`<li><code>${vulnerability}</code>, until ${expires}: ${reason}</li>`,
  )}</ul>`;
