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
export const openCloud = async (given: string | undefined): Promise<Cloud> => {
  const name = stageNameOf(given);
  const stage = await readStage(new SSMClient(retries), name);
  const { config, forcePathStyle } = clientsOf(stage);
  const patient = { requestHandler: { requestTimeout: longestSweep } };
  const lambda = new LambdaClient({ ...config, ...patient });
  const bucket = { s3: new S3Client({ ...config, forcePathStyle }), stage };
  return {
    stage,
    executions: sfnExecutions({ sfn: new SFNClient(config), stage }),
    lines: loggedLines({ logs: new CloudWatchLogsClient(config), stage }),
    fates: s3Fates(bucket),
    push: (pushed) => push(bucket, pushed),
    sweep: (dryRun) => invokeSweep({ lambda, stage }, dryRun),
  };
};

/** How clients of a stage are made. */
export const clientsOf = ({ region }: Pick<Stage, "region">) => ({
  config: { ...retries, region },
  // an endpoint of one's own has no host names of buckets
  forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined,
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
