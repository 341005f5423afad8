import { ProvenanceFailed } from "../../core/errors.ts";
import { failureText } from "../../core/policy/judge.ts";
import type { Verdict } from "../../core/policy/verdict.ts";
import { type Bakery, openBakery } from "../bakery.ts";
import { cacheFolder } from "../cache-folder.ts";
import { UsageError } from "../errors.ts";
import { localProvenance, type ProvenanceOptions } from "../local-provenance.ts";
import { print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";
import { verdictPage } from "../verdict-page.ts";

interface Options extends ProvenanceOptions {
  json?: boolean;
  state?: string;
}

/**
 * Judges an image again, by what was found when it was baked; of a bake whose image was rejected,
 * says what was said of it then. Throws ProvenanceFailed.
 */
export const check = async ([operand = ""]: string[], options: Options): Promise<void> => {
  const bakery = openBakery(stateDirOf(options.state));
  const verdict =
    (await rejected(bakery, operand, options)) ?? (await judged(bakery, operand, options));
  if (options.json) printJson(verdict);
  else print(verdictPage(verdict));
  if (!verdict.passed) throw new ProvenanceFailed(failureText(verdict));
};

const rejected = async (
  bakery: Bakery,
  operand: string,
  { policy, vulnerabilities }: Options,
): Promise<Verdict | undefined> => {
  const verdict = await bakery.rejected(operand);
  if (verdict === undefined || (policy ?? vulnerabilities) === undefined) return verdict;
  throw new UsageError(
    `the image of ${operand} was rejected and is gone, so that it cannot be judged again`,
    "leave --policy and --vulnerabilities out, to see what was said of it",
  );
};

const judged = async (bakery: Bakery, operand: string, options: Options): Promise<Verdict> => {
  const provenance = await localProvenance(options, cacheFolder());
  return bakery.judge(await bakery.find(operand), provenance);
};
