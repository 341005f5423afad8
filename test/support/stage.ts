import { Stage } from "../../aws/stage.ts";

const digits = "0".repeat(64);

/** A stage as the stacks would tell it, for adapters over moto. */
export const someStage = (more: Partial<Stage> = {}): Stage =>
  Stage.parse({
    ...{ name: "test", account: "123456789012", region: "eu-west-1" },
    ...{ recipeBucket: "test-recipes", artifactBucket: "test-artifacts" },
    keyArn: "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000000",
    signingKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/22222222-2222-4222-8222-222222222222",
    functionsSha256: "f".repeat(64),
    network: {
      ...{ mode: "public", vpcId: "vpc-00000000", securityGroupId: "sg-00000000" },
      subnets: [{ subnetId: "subnet-00000000", zone: "eu-west-1a" }],
    },
    builders: {
      ...{ instanceProfile: "test-builder", roleId: "AROATESTTESTTESTTEST1" },
      imageParameters: { x86_64: "/ami/x86_64", arm64: "/ami/arm64" },
      ...{ most: 10, lifetime: 6 },
    },
    ...{ documentName: "test-agent", agentLogGroup: "/ovenbird/test/agents" },
    topicArn: "arn:aws:sns:eu-west-1:123456789012:test",
    agentPackages: {
      x86_64: { bucket: "test-artifacts", key: "agent/x86_64.tar.gz", sha256: digits },
      arm64: { bucket: "test-artifacts", key: "agent/arm64.tar.gz", sha256: digits },
    },
    ...more,
  });
