import { ArnFormat, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as events from "aws-cdk-lib/aws-events";
import * as iam from "aws-cdk-lib/aws-iam";
import * as logs from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { announcementLogGroup } from "../aws/announcement-log.ts";
import { eventSource } from "../aws/announcements.ts";
import type { StageSettings } from "./parameters.ts";

/**
 * What EventBridge delivers of a stage's announcements, as lines of a log group. An account's region
 * has room for ten policies of log groups, of which this takes one, so a stage is asked for it.
 */
export class AnnouncementLog extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { name, parameters }: StageSettings,
    { topicArn }: ITopic,
  ) {
    super(scope, id);
    const logGroupName = announcementLogGroup({ name });
    const group = new logs.LogGroup(this, "Log", {
      ...{ logGroupName, retention: parameters.log_retention },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const policy = new logs.CfnResourcePolicy(this, "Policy", {
      policyName: `ovenbird-${name}-announcements`,
      policyDocument: Stack.of(this).toJsonString(delivery(group.logGroupArn)),
    });
    // CDK's own target makes a custom resource for the policy
    const rule = new events.CfnRule(this, "Rule", {
      description: "Announcements of this stage are logged",
      // the bus is the whole account's, and the topic tells the stage
      eventPattern: { source: [eventSource], resources: [topicArn] },
      targets: [{ id: "Log", arn: arnOf(this, logGroupName) }],
    });
    rule.addDependency(policy);
  }
}

/** Without the `:*` that CloudFormation's has at its end. */
const arnOf = (scope: Construct, resourceName: string): string =>
  Stack.of(scope).formatArn({
    ...{ service: "logs", resource: "log-group", resourceName },
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** Both, by EventBridge's user guide ("CloudWatch Logs permissions"). */
const services = ["events.amazonaws.com", "delivery.logs.amazonaws.com"];

const delivery = (arn: string) =>
  new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        principals: services.map((service) => new iam.ServicePrincipal(service)),
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [arn],
      }),
    ],
  });
