import { createHash } from "node:crypto";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { AgentDied, AgentRunning } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { AgentOrder, Agents } from "../core/ports.ts";
import { type Command, openCommands } from "./agent/commands.ts";
import { endOf } from "./agent/ends.ts";
import { deliverOrder } from "./agent/inputs.ts";
import { lastLines } from "./agent/last-lines.ts";
import { builderPlaces } from "./agent/places.ts";
import { readOutcome } from "./agent/outcome.ts";
import { readStoredSecrets, sealSecrets } from "./agent/secrets.ts";
import type { BuilderEnd } from "./builder-end.ts";
import type { DocumentParameters } from "./document-parameters.ts";
import { type Bucket, whenWritten } from "./objects.ts";
import type { Stage } from "./stage.ts";

export interface AgentsOrder {
  ssm: SSMClient;
  s3: S3Client;
  logs: CloudWatchLogsClient;
  stage: Bucket["stage"] &
    Pick<Stage, "agentLogGroup" | "agentPackages" | "builders" | "documentName" | "region">;
  /** Asked when a builder gives no sign of life: aws/builder-end.ts. */
  builderEnd: BuilderEnd;
}

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
 * `run` throws AgentRunning, AgentDied, NotReady, and what the agent's result names.
 */
export const ssmAgents = (order: AgentsOrder): Agents => {
  const commands = openCommands(order);
  return {
    release: commands.cancel,
    async run(wanted) {
      const command = await commands.find(wanted.bake, wanted.builderId);
      if (command === undefined) return begin(order, commands.send, wanted);
      // the status first: a result that is not there after the end will not come
      const end = endOf(wanted.builderId, await commands.ask(command));
      const disk = await readOutcome(order, wanted);
      if (disk !== undefined) return disk;
      if (end !== undefined) throw new AgentDied(await withLines(order, wanted.bake, end));
      const places = builderPlaces(order.stage, wanted.builderId);
      await sealSecrets(order, places, wanted.recipe.secrets);
      await assertAlive(order, wanted, command);
      throw new AgentRunning(`the agent of ${wanted.bake} is at work on ${wanted.builderId}`);
    },
  };
};

const begin = async (
  aws: AgentsOrder,
  send: ReturnType<typeof openCommands>["send"],
  wanted: AgentOrder,
): Promise<never> => {
  const { ssm, stage, builderEnd } = aws;
  const { bake, builderId } = wanted;
  await readStoredSecrets(ssm, wanted.recipe.secrets); // what cannot be had is told now
  const delivered = await deliverOrder(aws, wanted);
  if (await send(bake, builderId, parametersOf(stage, wanted, delivered.bytes))) {
    throw new AgentRunning(`the agent of ${bake} is being started on ${builderId}`);
  }
  const end = await builderEnd(builderId);
  if (end !== undefined) throw new AgentDied(`${end}, before its agent was started`);
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
  throw new AgentDied(await withLines(aws, bake, `${end}, before it had a result`));
};

const withLines = async (
  { logs, stage }: Pick<AgentsOrder, "logs" | "stage">,
  bake: BakeId,
  end: string,
): Promise<string> => {
  const lines = await lastLines(logs, stage, bake);
  return [end, ...(lines.length > 0 ? ["the last that it told:", ...lines] : [])].join("\n");
};
