import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { S3Client } from "@aws-sdk/client-s3";
import { type AgentStep, finishedStep, mostSteps } from "../../core/agent-steps.ts";
import { builderFiles } from "../../core/builder-order.ts";
import type { AgentResult } from "../../core/job.ts";
import { openChannel } from "../channel.ts";
import { type BuilderArguments, readArguments, usage } from "./arguments.ts";
import { bakeHere } from "./bake.ts";
import { type LiveLines, openLines } from "./live-lines.ts";
import { claim, type Claim, keepResult } from "./once.ts";
import { openStore, type Store } from "./store.ts";
import { version } from "./version.ts";

/*
 * What aws/bootstrap.sh starts on a builder: fetches the bake's order, gets the builder ready, runs
 * the agent, tells its lines as they come, and gives its result back. It ends with status 0 when
 * the result was given, however the bake ended. Credentials and region are found as every program
 * of AWS's finds them: in the environment, or at the instance metadata service.
 */

/** Milliseconds between two signs of life. */
const heartbeat = 30_000;

const retries = { retryMode: "standard", maxAttempts: 8 } as const;

const complain = (text: string): void => void process.stderr.write(`${text}\n`);

const main = async (argv: readonly string[]): Promise<void> => {
  if (argv[0] === "--version") return void process.stdout.write(`${version()}\n`);
  const call = readArguments(argv);
  const store = openStore({ s3: new S3Client({ ...retries, forcePathStyle: true }), ...call });
  await using claimed = await claim(call.home, call.bake);
  await using _ = signsOfLife(store);
  const result = claimed.ended ?? (await firstTime(call, claimed, store));
  await keepResult(claimed.folder, result);
  await store.write(builderFiles.result, JSON.stringify(result));
};

/** All lines are told before there is a result. */
const firstTime = async (
  call: BuilderArguments,
  claimed: Claim,
  store: Store,
): Promise<AgentResult> => {
  const logs = new CloudWatchLogsClient(retries);
  const told = { logs, group: call.logGroup, stream: call.bake, complain };
  await using lines = openLines(told);
  return await outcome(call, claimed, store, lines);
};

const outcome = async (
  call: BuilderArguments,
  claimed: Claim,
  store: Store,
  lines: LiveLines,
): Promise<AgentResult> => {
  const steps: AgentStep[] = [];
  const onLine = (line: string) => {
    lines.add(line);
    const step = finishedStep(line);
    if (step !== undefined && steps.length < mostSteps) steps.push(step);
  };
  const channel = openChannel(onLine, (text) => text); // no secret is known here
  try {
    const result = await bakeHere({ call, claim: claimed, store, channel, onLine });
    return result.status === "succeeded" ? { ...result, steps } : result;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { status: "failed", error: name, message };
  }
};

const signsOfLife = (store: Store): AsyncDisposable => {
  // one that is missed is followed by the next
  const beat = () =>
    store.write(builderFiles.alive, new Date().toISOString()).catch(() => undefined);
  const timer = setInterval(() => void beat(), heartbeat);
  const first = beat();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await first;
    },
  };
};

try {
  await main(process.argv.slice(2));
} catch (error) {
  complain(`${String(error)}\n${usage}`);
  process.exitCode = 1;
}
