import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import type { Place } from "../../aws/whose-account.ts";
import { UsageError } from "../errors.ts";

/** What is about to be made, where, and what becomes of it. */
export const intentText = (name: string, { account, region }: Place, keep: boolean): string =>
  [
    `In the account ${account}, region ${region}, the selftest`,
    `- deploys the stage ${name}, as \`npm run deploy\` does: buckets, a key, a network, functions, a state machine, alarms; SST and CDK make their own stacks for it where there are none, and leave those;`,
    "- starts three bakes in it, one after the other: each on one small builder with one disk, the first with one small test machine;",
    "- copies Ubuntu's AMI into the account, and makes one AMI;",
    keep
      ? "- removes both images, and keeps the stage, as --keep says;"
      : "- removes all of that again. The stage's key is then pending deletion for 30 days, as KMS does it.",
    "It is expected to take about an hour; nobody has measured that yet.",
  ].join("\n");

/** Whoever is to agree. */
export interface Asked {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream;
  signal: AbortSignal;
}

/** Asks whether to go on. Throws UsageError where nobody can be asked. */
export const agrees = async ({ input, output, signal }: Asked): Promise<boolean> => {
  if (input.isTTY !== true) {
    throw new UsageError(
      "the selftest makes things in your account, and nobody is here to be asked: nothing was made",
      "--yes says that it may",
    );
  }
  // not as a terminal of its own: Ctrl-C is to reach the process
  const lines = createInterface({ input, output, terminal: false });
  const ended = once(lines, "close").then(() => "");
  try {
    const answer = await Promise.race([lines.question("Go on? [y/N] ", { signal }), ended]);
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
};
