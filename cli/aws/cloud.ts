import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SSMClient } from "@aws-sdk/client-ssm";
import { loggedLines } from "../../aws/agent-lines.ts";
import { parametersMetadata } from "../../aws/drops.ts";
import { sfnExecutions } from "../../aws/executions.ts";
import { s3Fates } from "../../aws/fates.ts";
import { readStage } from "../../aws/read-stage.ts";
import { retries } from "../../aws/retries.ts";
import { type Stage, StageName } from "../../aws/stage.ts";
import { invokeSweep, longestSweep } from "../../aws/sweeper.ts";
import type { AgentLines } from "../../core/agent-lines.ts";
import type { DropVersion } from "../../core/drop.ts";
import type { Fates } from "../../core/drops.ts";
import type { Executions } from "../../core/executions.ts";
import type { SweepReport } from "../../core/sweep-report.ts";
import { UsageError } from "../errors.ts";

/** What is dropped. */
export interface Pushed {
  key: string;
  content: Uint8Array;
  /** Given values by name. */
  parameters: Record<string, string>;
}

/** A stage in an AWS account, as the command line sees it. */
export interface Cloud {
  stage: Stage;
  executions: Executions;
  fates: Fates;
  lines: AgentLines;
  push(pushed: Pushed): Promise<DropVersion>;
}

/** The same, and what is asked of its functions. */
export interface OpenCloud extends Cloud {
  /** Has the stage's function sweep, or say what it would. */
  sweep(dryRun: boolean): Promise<SweepReport>;
}

/** The stage that is meant, `dev` when none is named. Throws UsageError. */
export const stageNameOf = (given: string | undefined): string => {
  const name = given ?? process.env["OVENBIRD_STAGE_NAME"] ?? "dev";
  if (StageName.safeParse(name).success) return name;
  throw new UsageError(
    `${JSON.stringify(name)} is no stage's name`,
    "it is at most 20 lower-case letters, digits and hyphens, and begins with a letter",
  );
};

/**
 * Opens a stage by its name, with the credentials and the region of the environment, as every
 * program of AWS's takes them. Throws NotFound, UsageError.
 */
export const openCloud = async (given: string | undefined): Promise<OpenCloud> => {
  const name = stageNameOf(given);
  const stage = await readStage(new SSMClient(retries), name);
  const config = { ...retries, region: stage.region };
  const clients = { s3: openS3(config), sfn: new SFNClient(config) };
  const patient = { requestHandler: { requestTimeout: longestSweep } };
  const lambda = new LambdaClient({ ...config, ...patient });
  return {
    ...cloudOf({ ...clients, logs: new CloudWatchLogsClient(config) }, stage),
    sweep: (dryRun) => invokeSweep({ lambda, stage }, dryRun),
  };
};

/** An endpoint of one's own has no host names of buckets. */
export const openS3 = (config: { region: string }): S3Client => {
  const forcePathStyle = process.env["AWS_ENDPOINT_URL"] !== undefined;
  return new S3Client({ ...retries, ...config, forcePathStyle });
};

/** What a stage is seen with. */
export interface CloudClients {
  s3: S3Client;
  sfn: SFNClient;
  logs: CloudWatchLogsClient;
}

export const cloudOf = ({ s3, sfn, logs }: CloudClients, stage: Stage): Cloud => ({
  stage,
  executions: sfnExecutions({ sfn, stage }),
  lines: loggedLines({ logs, stage }),
  fates: s3Fates({ s3, stage }),
  push: (pushed) => push({ s3, stage }, pushed),
});

/** S3 takes 2 KB of metadata, names counted; the rest is for what others add. */
const longestMetadata = 1800;

const push = async (
  { s3, stage }: { s3: S3Client; stage: Stage },
  { key, content, parameters }: Pushed,
): Promise<DropVersion> => {
  const written = encodeURIComponent(JSON.stringify(parameters));
  if (written.length > longestMetadata) {
    throw new UsageError(
      "the parameters' values are too long for a drop, which takes 2 KB of them",
      "write long values into files that the recipe names",
    );
  }
  const hasParameters = Object.keys(parameters).length > 0;
  const { VersionId } = await s3.send(
    new PutObjectCommand({
      ...{ Bucket: stage.recipeBucket, Key: key, Body: content },
      ExpectedBucketOwner: stage.account,
      ...(hasParameters && { Metadata: { [parametersMetadata]: written } }),
    }),
  );
  if (VersionId === undefined) {
    throw new Error(`${stage.recipeBucket} keeps no versions, so its bakes cannot be told apart`);
  }
  return { bucket: stage.recipeBucket, key, versionId: VersionId };
};
