import { type RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";

/**
 * The key of disks, snapshots, buckets and topics. The account decides by IAM who uses it, but for
 * services, which have no role that could be allowed to.
 */
export const stageKey = (scope: Construct, stage: string, removalPolicy: RemovalPolicy) => {
  const key = new kms.Key(scope, "Key", {
    description: `Ovenbird ${stage}: disks, snapshots, buckets and topics`,
    ...{ enableKeyRotation: true, removalPolicy },
  });
  for (const statement of [alarms(scope), spot(scope)]) key.addToResourcePolicy(statement);
  return key;
};

const alarms = (scope: Construct) =>
  new iam.PolicyStatement({
    sid: "AlarmsAreTold",
    principals: [new iam.ServicePrincipal("cloudwatch.amazonaws.com")],
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    resources: ["*"], // of a key's own policy: the key
    conditions: { StringEquals: { "aws:SourceAccount": Stack.of(scope).account } },
  });

/** EC2 launches spot instances by a role of its own, which needs the key of their disks. */
const spot = (scope: Construct) => {
  const { account, partition } = Stack.of(scope);
  const role = "aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot";
  return new iam.PolicyStatement({
    sid: "SpotBuildersHaveDisks",
    // named by a condition: a principal that is not there yet would be refused
    principals: [new iam.AnyPrincipal()],
    actions: [
      ...["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:ReEncryptFrom"],
      ...["kms:ReEncryptTo", "kms:GenerateDataKeyWithoutPlaintext"],
    ],
    resources: ["*"],
    conditions: {
      ArnEquals: { "aws:PrincipalArn": `arn:${partition}:iam::${account}:role/${role}` },
    },
  });
};
