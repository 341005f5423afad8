import pLimit from "p-limit";
import * as z from "zod";
import { ScanImpossible } from "../../core/errors.ts";
import { withoutSecrets } from "../../core/shown-url.ts";
import { type Question, questionsFor } from "../../core/vulnerabilities/ecosystem.ts";
import type { Scanner, Vulnerabilities } from "../../core/vulnerabilities/finding.ts";
import { type KnownExploited, osvFindings } from "../../core/vulnerabilities/osv-findings.ts";
import { OsvRecord } from "../../core/vulnerabilities/osv-record.ts";
import { askJson, type Asking } from "./ask-json.ts";

export interface OsvEndpoint extends Asking {
  /** Where the service is; OSV's own when absent. */
  url?: string;
  /** CVEs that are used in attacks: OSV does not know. */
  exploited?: KnownExploited;
}

/** Questions in one request: https://google.github.io/osv.dev/post-v1-querybatch/ */
const mostQuestions = 1000;

/** Records that are fetched at once. */
const atOnce = 10;

const Answer = z.object({
  results: z.array(
    z.object({
      vulns: z.array(z.object({ id: z.string() })).nullish(),
      next_page_token: z.string().nullish(),
    }),
  ),
});

/** Looks for vulnerabilities by OSV's service: it is told the names and versions of all packages. */
export const osvEndpoint = ({
  url = "https://api.osv.dev",
  exploited,
  ...asking
}: OsvEndpoint = {}): Vulnerabilities => ({
  async find(packages, distribution) {
    const { questions, unscanned } = questionsFor(packages, distribution);
    const asked: Asked[] = [];
    for (let at = 0; at < questions.length; at += mostQuestions) {
      asked.push(...(await askAll(url, questions.slice(at, at + mostQuestions), asking)));
    }
    const records = await recordsOf(url, new Set(asked.map(({ id }) => id)), asking);
    const candidates = asked.flatMap(({ id, question }) => {
      const record = records.get(id);
      return record === undefined ? [] : [{ question, record, isAnswer: true }];
    });
    const newest = [...records.values()]
      .map(({ modified }) => modified)
      .toSorted()
      .at(-1);
    const scanner = scannerAt(url);
    const findings = osvFindings(candidates, exploited);
    return { scanner, findings, unscanned, ...(newest && { newest }) };
  },
});

/** Without what is nobody's business in a URL: a statement names it. */
const scannerAt = (url: string): Scanner => {
  const uri = withoutSecrets(url);
  return { name: "OSV", uri, database: uri };
};

/** A record that OSV named as an answer. */
interface Asked {
  question: Question;
  id: string;
}

/** Asks at most a thousand questions, again for as long as answers have further pages. */
const askAll = async (
  url: string,
  questions: readonly Question[],
  asking: Asking,
): Promise<Asked[]> => {
  const found: Asked[] = [];
  let open: { question: Question; page?: string }[] = questions.map((question) => ({ question }));
  while (open.length > 0) {
    const queries = open.map(({ question: { ecosystem, name, version }, page }) => ({
      ...{ package: { ecosystem, name }, version },
      ...(page !== undefined && { page_token: page }),
    }));
    const { results } = await askJson(`${url}/v1/querybatch`, Answer, asking, { queries });
    if (results.length !== open.length) {
      throw new ScanImpossible(
        `OSV gave ${results.length} answers to ${open.length} questions; try again later`,
      );
    }
    const answered = open.map(({ question }, at) => ({ question, result: results[at] }));
    for (const { question, result } of answered) {
      for (const { id } of result?.vulns ?? []) found.push({ question, id });
    }
    open = answered.flatMap(({ question, result }) =>
      result?.next_page_token ? [{ question, page: result.next_page_token }] : [],
    );
  }
  return found;
};

const recordsOf = async (
  url: string,
  ids: ReadonlySet<string>,
  asking: Asking,
): Promise<Map<string, OsvRecord>> => {
  const limit = pLimit(atOnce);
  const fetched = await limit.map([...ids], async (id) => {
    const place = `${url}/v1/vulns/${encodeURIComponent(id)}`;
    return [id, await askJson(place, OsvRecord, asking)] as const;
  });
  return new Map(fetched);
};
