import type { Question } from "./ecosystem.ts";
import { type Finding, inOrder, keyOf, named } from "./finding.ts";
import { type Match, matchOf } from "./matching.ts";
import type { OsvAffected, OsvRecord } from "./osv-record.ts";
import { severityOf } from "./osv-severity.ts";

/** A question and a record that may answer it. */
export interface Candidate {
  question: Question;
  record: OsvRecord;
  /** OSV itself found that it does: it knows orders of versions that are not known here. */
  isAnswer?: boolean;
}

/** CVEs that are known to be used in attacks; absent when nobody said which they are. */
export type KnownExploited = ReadonlySet<string>;

/** What is found by OSV's records: each CVE of each package once. */
export const osvFindings = (
  candidates: Iterable<Candidate>,
  exploited: KnownExploited | undefined,
): Finding[] => {
  const found = new Map<string, Finding>();
  for (const candidate of candidates) {
    if (candidate.record.withdrawn != null) continue;
    for (const finding of findingsOf(candidate, exploited)) {
      const key = keyOf(finding);
      const there = found.get(key);
      if (there === undefined || isOwnRecord(finding)) found.set(key, finding);
    }
  }
  return inOrder([...found.values()]);
};

/** A CVE's own record says more of it than an advisory about several. */
const isOwnRecord = ({ id, source }: Finding): boolean => source.record.endsWith(id);

const findingsOf = (
  { question, record, isAnswer }: Candidate,
  exploited: KnownExploited | undefined,
): Finding[] => {
  const affected = (record.affected ?? []).filter(({ package: of }) => isOf(of, question));
  const matches = affected.flatMap((entry): [OsvAffected, Match][] => {
    if (isOtherModule(entry, question)) return [];
    const isTold = isAnswer === true && question.order === undefined;
    const match = matchOf(entry, question.version, question.order) ?? (isTold ? {} : undefined);
    return match === undefined ? [] : [[entry, match]];
  });
  const [first] = matches;
  if (first === undefined) return [];
  const [entry, match] = first;
  const ids = idsOf(record);
  const severity = severityOf(record, entry);
  return ids.flatMap((id) => {
    const known = {
      ...{ id, aliases: aliasesOf(record, id, ids) },
      ...(record.summary && { summary: record.summary }),
    };
    const source = { database: "osv", record: record.id } as const;
    const isExploited = exploited !== undefined && { exploited: exploited.has(id) };
    return question.packages.map((one) => ({
      ...{ ...known, package: named(one), severity, ...match, ...isExploited, source },
    }));
  });
};

/** PyPI's names are the same in any case, and with any of its separators. */
const isOf = (of: OsvAffected["package"], { ecosystem, name }: Question): boolean => {
  if (of === undefined || of.ecosystem !== ecosystem) return false;
  return of.name === name || (ecosystem === "PyPI" && pypiName(of.name) === pypiName(name));
};

/** https://peps.python.org/pep-0503/#normalized-names */
export const pypiName = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, "-");

/**
 * Packages of a module, `…module+el9…`, come in several streams, of which the versions say nothing
 * about each other, nor about the package outside of them.
 */
const isOtherModule = ({ ranges }: OsvAffected, { version, packages }: Question): boolean => {
  if (packages[0]?.kind !== "rpm") return false;
  const events = (ranges ?? []).flatMap((range) => range.events);
  const inModule = events.some(({ fixed = "" }) => module.test(fixed));
  const fixes = events.filter(({ fixed }) => fixed !== undefined).length;
  return fixes > 0 && inModule !== module.test(version);
};

const module = /\.module[+_]/;

const cve = /CVE-[0-9]{4}-[0-9]{4,}$/;

/** The CVEs that a record is about, or its own name where it is about none. */
const idsOf = (record: OsvRecord): string[] => {
  const own = [record.id, ...(record.aliases ?? []), ...(record.upstream ?? [])].flatMap(cvesIn);
  // AlmaLinux has them there, and nowhere else
  const ids = own.length > 0 ? own : (record.related ?? []).flatMap(cvesIn);
  return ids.length > 0 ? [...new Set(ids)] : [record.id];
};

const cvesIn = (name: string): string[] => cve.exec(name)?.slice(0, 1) ?? [];

/** Other names of the same, without those of the record's other CVEs. */
const aliasesOf = (record: OsvRecord, id: string, ids: readonly string[]): string[] => {
  const all = [record.id, ...(record.aliases ?? [])].filter((name) => name !== id);
  return [...new Set(all)].filter((name) => !ids.includes(name)).toSorted();
};
