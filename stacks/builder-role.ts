import { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import { explain } from "./explain.ts";
import type { Storage } from "./storage.ts";

/** Who a builder is: SSM reaches it, it writes its log, and has a folder of its own. */
export class BuilderRole extends Construct {
  readonly role: iam.Role;
  readonly profile: iam.InstanceProfile;

  constructor(scope: Construct, id: string, stage: string, storage: Storage, log: ILogGroup) {
    super(scope, id);
    this.role = new iam.Role(this, "Role", {
      description: `Ovenbird ${stage}: builders and test machines`,
      assumedBy: new iam.ServicePrincipal("ec2.amazonaws.com"),
      inlinePolicies: {
        Builder: new iam.PolicyDocument({
          statements: [...managed(this), writes(log), ...ownFolder(this, storage)],
        }),
      },
    });
    explain(
      this.role,
      "AwsSolutions-IAM5",
      "a builder's own folder and itself, and calls that know no resources",
    );
    this.profile = new iam.InstanceProfile(this, "Profile", { role: this.role });
  }
}

/** What the SSM agent calls; AmazonSSMManagedInstanceCore would let it read every parameter. */
const managed = (scope: Construct): iam.PolicyStatement[] => {
  const { partition, region, account } = Stack.of(scope);
  return [
    new iam.PolicyStatement({
      actions: ["ssm:UpdateInstanceInformation"],
      resources: [`arn:${partition}:ec2:${region}:${account}:instance/*`],
    }),
    new iam.PolicyStatement({
      actions: [
        "CreateControlChannel",
        "CreateDataChannel",
        "OpenControlChannel",
        "OpenDataChannel",
      ].map((action) => `ssmmessages:${action}`),
      resources: ["*"], // these calls know no resources: a channel is the caller's own
    }),
  ];
};

const writes = (log: ILogGroup) =>
  new iam.PolicyStatement({
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [log.logGroupArn],
  });

/**
 * What a builder may do in its own folder, and nowhere else in the bucket. IAM fills the variable
 * in: `aws:userid` of an instance is its role's id, a colon, and its own id.
 */
export const folderOf = ({ artifacts }: Pick<Storage, "artifacts">) => ({
  // secrets go from there as soon as they came
  actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
  resources: [artifacts.arnForObjects("builders/${aws:userid}/*")],
});

const ownFolder = (scope: Construct, { artifacts, key }: Storage): iam.PolicyStatement[] => [
  new iam.PolicyStatement(folderOf({ artifacts })),
  new iam.PolicyStatement({
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    resources: [key.keyArn],
    conditions: {
      StringEquals: { "kms:ViaService": `s3.${Stack.of(scope).region}.amazonaws.com` },
    },
  }),
];
