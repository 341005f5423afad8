import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type { StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import type { Construct } from "constructs";
import { type FunctionName, functionNames } from "./permissions.ts";

export interface Watched {
  stage: string;
  machine: StateMachine;
  functions: Readonly<Record<FunctionName, lambda.IFunction>>;
}

/** How bakes go, on one page of CloudWatch. */
export const dashboard = (scope: Construct, { stage, machine, functions }: Watched) => {
  const hour = { period: Duration.hours(1) };
  const of = (metric: (name: lambda.IFunction) => cloudwatch.IMetric) =>
    functionNames.map((name) => metric(functions[name]));
  return new cloudwatch.Dashboard(scope, "Dashboard", {
    dashboardName: `ovenbird-${stage}`,
    widgets: [
      [
        graph("Bakes an hour", [
          ...[machine.metricStarted(hour), machine.metricSucceeded(hour)],
          ...[
            machine.metricFailed(hour),
            machine.metricAborted(hour),
            machine.metricTimedOut(hour),
          ],
        ]),
        graph("How long a bake takes", [
          machine.metricTime({ ...hour, statistic: "p50" }),
          machine.metricTime({ ...hour, statistic: "p90" }),
        ]),
      ],
      [
        graph(
          "Calls of functions, polls among them",
          of((fn) => fn.metricInvocations(hour)),
        ),
        graph(
          "How long functions take",
          of((fn) => fn.metricDuration(hour)),
        ),
      ],
    ],
  });
};

const graph = (title: string, left: cloudwatch.IMetric[]) =>
  new cloudwatch.GraphWidget({ title, left, width: 12 });
