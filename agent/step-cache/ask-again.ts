import * as z from "zod";
import { Digest } from "../../core/origin.ts";
import { contained, type LateNetwork } from "../network.ts";
import { digestFetcher } from "../programs.ts";
import { attempt } from "../run.ts";

/** Seconds, for all of them together: a repository that is slower is as good as changed. */
const patience = 30;

const Answer = z.tuple([z.string(), Digest]);

/**
 * Digests of files on the web as they are at this moment, in the network that steps have: images
 * name them. One that cannot be fetched is missing from the answer.
 */
export const askAgain = async (
  urls: readonly string[],
  network: LateNetwork,
): Promise<Map<string, string>> => {
  const found = new Map<string, string>();
  if (urls.length === 0) return found;
  await attempt([...contained(await network.open()), process.execPath, digestFetcher], {
    input: JSON.stringify(urls),
    timeout: patience,
    deafToErrors: true,
    onLine: (line) => {
      const answer = Answer.safeParse(parsed(line));
      if (answer.success) found.set(...answer.data);
    },
  });
  return found;
};

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};
