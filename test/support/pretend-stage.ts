import type { Stage } from "../../aws/stage.ts";
import type { Places } from "../../stacks/permissions/permission.ts";

const here = "eu-west-1:123456789012";

/** A stage of an account that is nobody's. */
export const pretendStage: Stage = {
  ...{ name: "dev", account: "123456789012", region: "eu-west-1" },
  ...{ recipeBucket: "recipes", artifactBucket: "artifacts" },
  keyArn: `arn:aws:kms:${here}:key/k`,
  ...{ signingKeyArn: `arn:aws:kms:${here}:key/s`, functionsSha256: "f".repeat(64) },
  network: {
    ...{ mode: "public", vpcId: "vpc-1", securityGroupId: "sg-1" },
    subnets: [{ subnetId: "subnet-1", zone: "eu-west-1a" }],
  },
  builders: {
    ...{ instanceProfile: "builder", roleId: "AROA1", most: 20, launches: 2, lifetime: 26 },
    imageParameters: { x86_64: "/aws/service/x86_64", arm64: "/aws/service/arm64" },
  },
  ...{ documentName: "ovenbird-dev-agent", agentLogGroup: "/ovenbird/dev/agent" },
  topicArn: `arn:aws:sns:${here}:topic`,
  agentPackages: {
    x86_64: { bucket: "assets", key: "x86_64.tar.gz", sha256: "0".repeat(64) },
    arm64: { bucket: "assets", key: "arm64.tar.gz", sha256: "1".repeat(64) },
  },
};

/** Where that stage's things are. */
export const pretendPlaces: Places = {
  ...{ partition: "aws", region: "eu-west-1", account: "123456789012", stage: "dev" },
  recipeBucket: "arn:aws:s3:::recipes",
  artifactBucket: "arn:aws:s3:::artifacts",
  ...{ key: pretendStage.keyArn, signingKey: pretendStage.signingKeyArn },
  topic: pretendStage.topicArn,
  document: `arn:aws:ssm:${here}:document/ovenbird-dev-agent`,
  stateMachine: `arn:aws:states:${here}:stateMachine:m`,
  executions: `arn:aws:states:${here}:execution:m:*`,
  bus: `arn:aws:events:${here}:event-bus/default`,
  agentLog: `arn:aws:logs:${here}:log-group:/ovenbird/dev/agent`,
  builderRole: "arn:aws:iam::123456789012:role/builder",
  packages: ["arn:aws:s3:::assets/x86_64.tar.gz", "arn:aws:s3:::assets/arm64.tar.gz"],
  imageParameters: ["arn:aws:ssm:eu-west-1::parameter/aws/service/x"],
};
