import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { FunctionFailed, NotFound } from "../core/errors.ts";
import { SweepReport } from "../core/sweep-report.ts";
import { functionName } from "./function-name.ts";
import { isNamed } from "./named-error.ts";
import type { Stage } from "./stage.ts";

export interface SweeperAccount {
  lambda: LambdaClient;
  stage: Pick<Stage, "name" | "region">;
}

/**
 * Milliseconds for which a sweep may be waited for: the function's own 15 minutes and what AWS adds
 * to them. A client's timeout has to be as long.
 */
export const longestSweep = 16 * 60_000;

/**
 * Has the stage's function sweep, which the schedule does every hour by itself; with `dryRun` it
 * only says what it would do. Safe to retry. Throws FunctionFailed, and NotFound where the stage
 * has no such function.
 */
export const invokeSweep = async (
  { lambda, stage }: SweeperAccount,
  dryRun: boolean,
): Promise<SweepReport> => {
  const FunctionName = functionName(stage.name, "Sweep");
  const Payload = Buffer.from(JSON.stringify({ dryRun }));
  const answer = await lambda
    .send(new InvokeCommand({ FunctionName, Payload }))
    .catch((error: unknown) => {
      if (!isNamed(error, "ResourceNotFoundException")) throw error;
      throw new NotFound(
        `there is no function ${FunctionName} in ${stage.region}: deploy the stage ${stage.name} again`,
        { cause: error },
      );
    });
  const text = Buffer.from(answer.Payload ?? []).toString("utf8");
  if (answer.FunctionError !== undefined) throw failed(FunctionName, text);
  return reportIn(FunctionName, text);
};

/** Lambda tells an error as `{errorType, errorMessage, trace}`; of one that was killed, as text. */
const failed = (name: string, text: string): FunctionFailed => {
  const { errorType = "an error", errorMessage = text } = parsed(text) ?? {};
  return new FunctionFailed(
    `the function ${name} failed with ${errorType}: ${errorMessage}. What it had released by then stays released; the log group /aws/lambda/${name} has the whole of it, and a further sweep goes on`,
  );
};

const parsed = (text: string): { errorType?: string; errorMessage?: string } | undefined => {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
};

const reportIn = (name: string, text: string): SweepReport => {
  const report = SweepReport.safeParse(parsed(text));
  if (report.success) return report.data;
  throw new FunctionFailed(
    `the function ${name} did not answer as this version's does: deploy the stage again, or use the command line that it was deployed with`,
    { cause: report.error },
  );
};
