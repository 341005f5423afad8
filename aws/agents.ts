import { createHash } from "node:crypto";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { AgentDied, AgentRunning, SpotLost } from "../core/errors.ts";
import * as errors from "../core/errors.ts";
import type { BakeId, BuilderId } from "../core/ids.ts";
import type { DiskFacts } from "../core/job.ts";
import type { AgentOrder, Agents } from "../core/ports.ts";
import { type Stay, usualStay } from "../core/stay.ts";
import { type Command, type Commands, openCommands } from "./agent/commands.ts";
import { endOf } from "./agent/ends.ts";
import { deliverOrder } from "./agent/inputs.ts";
import { lastLines } from "./agent/last-lines.ts";
import { builderPlaces } from "./agent/places.ts";
import { readOutcome } from "./agent/outcome.ts";
import { readStoredSecrets, sealSecrets } from "./agent/secrets.ts";
import type { BuilderEnd, EndOfBuilder } from "./builder-end.ts";
import type { DocumentParameters } from "./document-parameters.ts";
import { type Bucket, whenWritten } from "./objects.ts";
import type { Stage } from "./stage.ts";
import { staying } from "./stay.ts";

export interface AgentsOrder {
  ssm: SSMClient;
  s3: S3Client;
  logs: CloudWatchLogsClient;
  stage: Bucket["stage"] &
    Pick<Stage, "agentLogGroup" | "agentPackages" | "builders" | "documentName" | "region">;
  /** Asked when a builder gives no sign of life: aws/builder-end.ts. */
  builderEnd: BuilderEnd;
  /** How long a call of `run` asks for the result. */
  stay?: Stay;
}

/**
 * Of the looks for a result, each so many asks Systems Manager as well, and for a sign of life:
 * how many calls a second it takes is written nowhere, and a result is there without it.
 */
const fullLook = 10;

/** Milliseconds without a sign of life, which comes every half minute. */
const silence = 120_000;

/** Milliseconds in which a builder that is up becomes known to Systems Manager. */
const registration = 15 * 60_000;

/** Seconds; the most that aws:runShellScript takes is 48 hours. */
const longestExecution = 172_800;

/**
 * Agents that Systems Manager starts on EC2 instances. All that a builder reads and writes lies in
 * its own folder of the artifact bucket; its result file decides, never the command's status.
 *
 * Secrets are read here, from Parameter Store or Secrets Manager, and sealed with a key that the
 * builder made and whose private half is only in the memory of the agent's starter: neither
 * arguments, parameters of commands, logs nor the bucket have them in clear (core/sealed.ts).
 *
 * While the agent's command is young, `run` stays and asks S3 for the result about once a second. It
 * throws AgentRunning, AgentDied, SpotLost, NotReady, and what the result names.
 */
export const ssmAgents = (order: AgentsOrder): Agents => {
  const commands = openCommands(order);
  const { stay = usualStay } = order;
  return {
    release: commands.cancel,
    async run(wanted) {
      const { bake, builderId } = wanted;
      const command =
        (await commands.find(bake, builderId)) ?? (await begin(order, commands.send, wanted));
      const isYoung = Date.now() - Date.parse(command.requested) < stay.young;
      return staying(
        stay,
        (count) => look({ ...order, ...commands }, wanted, command, count % fullLook === 0),
        (error) => {
          if (!(error instanceof AgentRunning)) throw error;
          return isYoung ? stay.pause : 0;
        },
      );
    },
  };
};

/** What the agent's result says. Throws AgentRunning while there is none. */
const look = async (
  aws: AgentsOrder & Pick<Commands, "ask" | "close">,
  wanted: AgentOrder,
  command: Command,
  isFull: boolean,
): Promise<DiskFacts> => {
  const { bake, builderId, recipe } = wanted;
  // the status first: a result that is not there after the end will not come
  const end = isFull ? endOf(builderId, await aws.ask(command)) : undefined;
  const disk = await readOutcome(aws, wanted).catch(async (failure: unknown) => {
    if (isOutcome(failure)) await aws.close(bake, command);
    return unlessSpotLost(aws, builderId)(failure);
  });
  if (disk !== undefined || end !== undefined) await aws.close(bake, command);
  if (disk !== undefined) return disk;
  if (end !== undefined) {
    const died = new AgentDied(await withLines(aws, bake, end));
    return unlessSpotLost(aws, builderId)(died);
  }
  await sealSecrets(aws, builderPlaces(aws.stage, builderId), recipe.secrets);
  if (isFull) await assertAlive(aws, wanted, command);
  throw new AgentRunning(`the agent of ${bake} is at work on ${builderId}`);
};

/** What a builder that shuts down tells of its work says nothing of the recipe. */
const unlessSpotLost =
  ({ builderEnd }: Pick<AgentsOrder, "builderEnd">, builderId: BuilderId) =>
  async (failure: unknown): Promise<never> => {
    if (!isOutcome(failure)) throw failure;
    const end = await builderEnd(builderId);
    if (end?.isSpotLoss === true) throw new SpotLost(end.told, { cause: failure });
    throw failure;
  };

const isOutcome = (failure: unknown): boolean =>
  failure instanceof Error && Object.hasOwn(errors, failure.name);

const lost = ({ isSpotLoss }: EndOfBuilder, told: string): Error =>
  isSpotLoss ? new SpotLost(told) : new AgentDied(told);

/** Throws AgentRunning while the builder is not known to Systems Manager. */
const begin = async (
  aws: AgentsOrder,
  send: Commands["send"],
  wanted: AgentOrder,
): Promise<Command> => {
  const { ssm, stage, builderEnd } = aws;
  const { bake, builderId } = wanted;
  await readStoredSecrets(ssm, wanted.recipe.secrets); // what cannot be had is told now
  const delivered = await deliverOrder(aws, wanted);
  const sent = await send(bake, builderId, parametersOf(stage, wanted, delivered.bytes));
  if (sent !== undefined) return sent;
  const end = await builderEnd(builderId);
  if (end !== undefined) throw lost(end, `${end.told}, before its agent was started`);
  if (Date.now() - delivered.written.getTime() > registration) {
    throw new AgentDied(
      `the builder ${builderId} is up and does not become known to Systems Manager: its AMI has no SSM agent, or its network no way to ssm and ssmmessages`,
    );
  }
  throw new AgentRunning(`Systems Manager does not know ${builderId} yet`);
};

const parametersOf = (
  stage: AgentsOrder["stage"],
  { bake, builderId, architecture }: AgentOrder,
  order: Buffer,
): DocumentParameters => ({
  ...{ bake, bucket: stage.artifactBucket, region: stage.region, logGroup: stage.agentLogGroup },
  prefix: builderPlaces(stage, builderId).prefix,
  agentSha256: stage.agentPackages[architecture].sha256,
  orderSha256: createHash("sha256").update(order).digest("hex"),
  executionTimeout: String(Math.min(stage.builders.lifetime * 3600, longestExecution)),
});

/** A builder that is gone leaves its command in progress until the command's time is up. */
const assertAlive = async (
  aws: AgentsOrder,
  { bake, builderId }: AgentOrder,
  { requested }: Command,
): Promise<void> => {
  const alive = await whenWritten(aws, builderPlaces(aws.stage, builderId).alive);
  const last = Math.max(alive?.getTime() ?? 0, Date.parse(requested));
  if (Date.now() - last < silence) return;
  const end = await aws.builderEnd(builderId);
  if (end === undefined) return;
  const told = await withLines(aws, bake, `${end.told}, before it had a result`);
  throw lost(end, told);
};

const withLines = async (
  { logs, stage }: Pick<AgentsOrder, "logs" | "stage">,
  bake: BakeId,
  end: string,
): Promise<string> => {
  const lines = await lastLines(logs, stage, bake);
  return [end, ...(lines.length > 0 ? ["the last that it told:", ...lines] : [])].join("\n");
};
