import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { readBakeDefinition } from "../bake-definition.ts";
import { SelftestFailed, UsageError } from "../errors.ts";
import { interruptible } from "../interruptible.ts";
import { note, print, printJson } from "../output.ts";
import { progressOn } from "../progress/progress.ts";
import { costText, paidFor } from "../selftest/cost.ts";
import { agrees, intentText } from "../selftest/intent.ts";
import type { Findings } from "../selftest/journal.ts";
import { removeStage } from "../selftest/remove.ts";
import { assertProven, findingsJson, reportText } from "../selftest/report.ts";
import { selftest as run } from "../selftest/selftest.ts";
import { npmCommands, sstDeployments } from "../selftest/sst-deployments.ts";

interface Options {
  yes?: boolean;
  keep?: boolean;
  /** A stage that an earlier selftest left. */
  remove?: string;
  json?: boolean;
}

/** The top of the repository, of the source and of what is built from it. */
const top = join(import.meta.dirname, "../..");

/**
 * Has a throw-away stage show that it does what it should, and removes it; or removes one that is
 * left. Throws SelftestFailed for each thing that is not so.
 */
export const selftest = async (_operands: string[], options: Options): Promise<void> => {
  const findings = await shownRun(options);
  if (findings !== undefined) finish(findings, await readBakeDefinition(), options);
};

const shownRun = async (options: Options): Promise<Findings | undefined> => {
  using shown = await showing(options.json ?? false);
  const { events, say } = shown;
  const given = options.remove === undefined ? undefined : stageNameOf(options.remove);
  return await interruptible(say, async (signal) => {
    const deployments = await sstDeployments({ top, commands: npmCommands, say });
    if (given !== undefined) {
      await removeStage(deployments, given);
      say(`the stage ${given} is removed, and nothing of it is left`);
      return undefined;
    }
    const name = `selftest-${randomBytes(3).toString("hex")}`;
    const keep = options.keep ?? false;
    say(intentText(name, deployments.place, keep));
    await assertAgreed(options, signal);
    return run({ deployments, name, keep, signal, events, say });
  });
};

const nothing = (): void => {};

/** Live lines for people; for programs only what was found out. */
const showing = async (json: boolean) => {
  if (json) return { events: nothing, say: note, [Symbol.dispose]() {} };
  const progress = await progressOn(process.stdout, { json, several: true });
  return {
    ...{ events: progress.show, say: progress.note },
    [Symbol.dispose]: () => progress[Symbol.dispose](),
  };
};

/** No other stage is removed by this. */
const stageNameOf = (given: string): string => {
  if (/^selftest-[0-9a-f]{6}$/.test(given)) return given;
  throw new UsageError(
    `${JSON.stringify(given)} is no stage of the selftest's`,
    "their names are selftest- and six hexadecimal digits",
  );
};

const assertAgreed = async ({ yes }: Options, signal: AbortSignal): Promise<void> => {
  if (yes === true) return;
  if (await agrees({ input: process.stdin, output: process.stderr, signal })) return;
  throw new SelftestFailed("nothing was made, as you did not agree to it");
};

const finish = (findings: Findings, definition: unknown, { json }: Options): void => {
  if (json) printJson(findingsJson(findings, paidFor(definition, findings.bakes)));
  else print(reportText(findings, (bakes) => costText(definition, bakes)));
  assertProven(findings);
};
