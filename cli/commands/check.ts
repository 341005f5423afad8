import { ProvenanceFailed } from "../../core/errors.ts";
import { failureText } from "../../core/policy/judge.ts";
import { openBakery } from "../bakery.ts";
import { cacheFolder } from "../cache-folder.ts";
import { localProvenance, type ProvenanceOptions } from "../local-provenance.ts";
import { print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";
import { verdictPage } from "../verdict-page.ts";

interface Options extends ProvenanceOptions {
  json?: boolean;
  state?: string;
}

/** Judges an image again, by what was found when it was baked. Throws ProvenanceFailed. */
export const check = async ([idOrName = ""]: string[], options: Options): Promise<void> => {
  const provenance = await localProvenance(options, cacheFolder());
  const bakery = openBakery(stateDirOf(options.state));
  const verdict = await bakery.judge(await bakery.find(idOrName), provenance);
  if (options.json) printJson(verdict);
  else print(verdictPage(verdict));
  if (!verdict.passed) throw new ProvenanceFailed(failureText(verdict));
};
