import { Duration } from "aws-cdk-lib";
import * as events from "aws-cdk-lib/aws-events";
import * as targets from "aws-cdk-lib/aws-events-targets";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as sqs from "aws-cdk-lib/aws-sqs";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import type { Construct } from "constructs";
import { timeoutOf } from "./functions.ts";
import type { FunctionName } from "./permissions.ts";

type Functions = Readonly<Record<FunctionName, lambda.IFunction>>;

/** Keys that may be recipes or bundles; the function decides. */
const suffixes = [".yaml", ".yml", ".json", ".tar.gz", ".tgz", ".zip"];

/** What is dropped in the bucket starts a bake. */
export const onDrop = (scope: Construct, bucket: IBucket, functions: Functions, dead: sqs.IQueue) =>
  new events.Rule(scope, "Dropped", {
    description: "A recipe or bundle was dropped: a bake starts",
    eventPattern: {
      source: ["aws.s3"],
      detailType: ["Object Created"],
      detail: {
        bucket: { name: [bucket.bucketName] },
        object: { key: suffixes.map((suffix) => ({ suffix: { "equals-ignore-case": suffix } })) },
      },
    },
    targets: [new targets.LambdaFunction(functions.StartBake, keptTrying(dead))],
  });

/**
 * However an execution ends, it is announced and its bake released; and released again when
 * nothing that it had begun can be under way any more: a function that was running when the
 * execution was stopped may have made something after the first release looked.
 */
export const onEnd = (
  scope: Construct,
  machine: IStateMachine,
  functions: Functions,
  dead: sqs.IQueue,
) => {
  const again = new sqs.Queue(scope, "Again", {
    // SQS delays no longer; a task's function runs five minutes at most
    deliveryDelay: Duration.minutes(15),
    visibilityTimeout: Duration.seconds(6 * timeoutOf("ReleaseAgain")), // as AWS Lambda advises
    ...{ encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true },
    deadLetterQueue: { queue: dead, maxReceiveCount: 5 },
  });
  functions.ReleaseAgain.addEventSource(new SqsEventSource(again, { batchSize: 1 }));
  return new events.Rule(scope, "Ended", {
    description: "A bake ended: it is announced, and what it made and did not publish given back",
    eventPattern: {
      source: ["aws.states"],
      detailType: ["Step Functions Execution Status Change"],
      detail: {
        stateMachineArn: [machine.stateMachineArn],
        status: ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
      },
    },
    targets: [
      new targets.LambdaFunction(functions.BakeEnded, keptTrying(dead)),
      new targets.SqsQueue(again, {
        deadLetterQueue: dead,
        message: events.RuleTargetInput.fromObject({
          bake: events.EventField.fromPath("$.detail.name"),
        }),
      }),
    ],
  });
};

const keptTrying = (deadLetterQueue: sqs.IQueue) => ({
  ...{ deadLetterQueue, retryAttempts: 185, maxEventAge: Duration.hours(24) }, // EventBridge's most
});
