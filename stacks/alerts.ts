import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import type { FunctionName } from "./permissions.ts";

export interface AlertsProps {
  stage: string;
  topic: ITopic;
  machine: StateMachine;
  functions: Readonly<Record<FunctionName, lambda.IFunction>>;
  deadLetterQueue: IQueue;
}

/** Functions whose failure leaves something behind. That others fail is how they poll. */
const releasing = ["ReleaseBuilder", "ReleaseBake", "BakeEnded", "ReleaseAgain", "Sweep"] as const;

const each = { period: Duration.minutes(5), statistic: "Sum" };

/**
 * What an operator is to look at. A bake that failed is none of it: whoever dropped the recipe is
 * told of that.
 */
export class Alerts extends Construct {
  readonly #props: AlertsProps;

  constructor(scope: Construct, id: string, props: AlertsProps) {
    super(scope, id);
    this.#props = props;
    const { machine, functions, deadLetterQueue } = props;
    for (const name of releasing) {
      this.#on(`${name}Failed`, functions[name].metricErrors(each), "something may be left behind");
    }
    this.#on("TimedOut", machine.metricTimedOut(each), "a bake took longer than any may");
    this.#on("Aborted", machine.metricAborted(each), "a bake was stopped");
    this.#on("Throttled", machine.metricThrottled(each), "bakes wait for Step Functions");
    const waiting = deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      ...{ ...each, statistic: "Maximum" },
    });
    this.#on("DeadLetters", waiting, "an event was given up; the queue has it and why");
    this.#never(
      "NoSweep",
      functions.Sweep.metricInvocations({ ...each, period: Duration.hours(3) }),
    );
  }

  #on(id: string, metric: cloudwatch.IMetric, means: string) {
    this.#alarm(id, metric, {
      ...{ alarmDescription: `Ovenbird ${this.#props.stage}: ${means}`, threshold: 1 },
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }

  #never(id: string, metric: cloudwatch.IMetric) {
    this.#alarm(id, metric, {
      alarmDescription: `Ovenbird ${this.#props.stage}: no sweep ran for three hours`,
      ...{ threshold: 1, treatMissingData: cloudwatch.TreatMissingData.BREACHING },
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    });
  }

  #alarm(
    id: string,
    metric: cloudwatch.IMetric,
    props: Omit<cloudwatch.AlarmProps, "metric" | "evaluationPeriods">,
  ) {
    const { stage, topic } = this.#props;
    const alarmName = `ovenbird-${stage}-${id}`;
    const alarm = new cloudwatch.Alarm(this, id, {
      ...props,
      ...{ alarmName, metric, evaluationPeriods: 1 },
    });
    alarm.addAlarmAction(new SnsAction(topic));
  }
}
