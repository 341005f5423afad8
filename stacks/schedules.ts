import { Duration } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import { Schedule, ScheduleExpression } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { explain } from "./explain.ts";

/** Every hour, what is older than any bake may be is found and released. */
export const sweepHourly = (scope: Construct, sweep: lambda.IFunction, deadLetterQueue: IQueue) => {
  const role = new iam.Role(scope, "Scheduler", {
    assumedBy: new iam.ServicePrincipal("scheduler.amazonaws.com"),
  });
  const schedule = new Schedule(scope, "SweepHourly", {
    description: "Finds and releases what dead bakes left",
    schedule: ScheduleExpression.rate(Duration.hours(1)),
    target: new LambdaInvoke(sweep, {
      ...{ role, deadLetterQueue, retryAttempts: 3, maxEventAge: Duration.hours(1) },
    }),
  });
  explain(role, "AwsSolutions-IAM5", "the function's versions");
  return schedule;
};
