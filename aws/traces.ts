import {
  type CloudWatchLogsClient,
  DeleteLogGroupCommand,
  paginateDescribeLogGroups,
} from "@aws-sdk/client-cloudwatch-logs";
import { paginateListBuckets, type S3Client } from "@aws-sdk/client-s3";
import {
  DeleteParameterCommand,
  paginateGetParametersByPath,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { isNamed } from "./named-error.ts";
import type { Stage } from "./stage.ts";

export interface TracesWorld {
  logs: CloudWatchLogsClient;
  ssm: SSMClient;
  s3: S3Client;
  stage: Pick<Stage, "name">;
}

export interface Trace {
  kind: "log group" | "parameter" | "bucket";
  id: string;
}

/**
 * What has a stage's name in its own and no tag to be found by: to be asked for names that are made
 * up, as one that is a part of others' finds theirs, too.
 */
export const tracesOf = async (aws: TracesWorld): Promise<Trace[]> => [
  ...(await logGroups(aws)),
  ...(await parameters(aws)),
  ...(await buckets(aws)),
];

/** Removes log groups and parameters; what a bucket holds is nobody's to remove unasked. */
export const removeTraces = async (aws: TracesWorld): Promise<void> => {
  for (const { kind, id } of await tracesOf(aws)) {
    const removed =
      kind === "log group"
        ? aws.logs.send(new DeleteLogGroupCommand({ logGroupName: id }))
        : kind === "parameter"
          ? aws.ssm.send(new DeleteParameterCommand({ Name: id }))
          : undefined;
    await removed?.catch((error: unknown) => {
      if (!isNamed(error, "ResourceNotFoundException", "ParameterNotFound")) throw error;
    });
  }
};

const logGroups = async ({ logs, stage }: TracesWorld): Promise<Trace[]> => {
  const found: Trace[] = [];
  const order = { logGroupNamePattern: stage.name };
  for await (const page of paginateDescribeLogGroups({ client: logs }, order)) {
    for (const { logGroupName } of page.logGroups ?? []) {
      // asked for once more: a service that does not know the pattern would name all there are
      if (logGroupName?.includes(stage.name)) found.push({ kind: "log group", id: logGroupName });
    }
  }
  return found;
};

const parameters = async ({ ssm, stage }: TracesWorld): Promise<Trace[]> => {
  const found: Trace[] = [];
  const order = { Path: `/ovenbird/${stage.name}`, Recursive: true };
  for await (const page of paginateGetParametersByPath({ client: ssm }, order)) {
    for (const { Name } of page.Parameters ?? []) {
      if (Name !== undefined) found.push({ kind: "parameter", id: Name });
    }
  }
  return found;
};

/** CloudFormation keeps 24 letters of a stack's name in a bucket's: a stage's of 15 are among them. */
const buckets = async ({ s3, stage }: TracesWorld): Promise<Trace[]> => {
  const found: Trace[] = [];
  for await (const { Buckets = [] } of paginateListBuckets({ client: s3 }, {})) {
    for (const { Name = "" } of Buckets) {
      if (Name.includes(stage.name)) found.push({ kind: "bucket", id: Name });
    }
  }
  return found;
};
