import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { randomBytes } from "node:crypto";
import { retries } from "../../aws/retries.ts";
import { Stage } from "../../aws/stage.ts";
import type { Moto } from "./moto.ts";
import { oneConditionAtATime } from "./one-condition-at-a-time.ts";

/** Moto's account. */
export const account = "123456789012";

/** A stage of its own, whose buckets have names that no other has. */
export const someStage = (more: Partial<Stage> = {}): Stage => {
  const name = `t${randomBytes(4).toString("hex")}`;
  const packages = { bucket: "packages", key: "agents/agent.tar.gz", sha256: "0".repeat(64) };
  return Stage.parse({
    ...{ name, account, region: "eu-west-1" },
    ...{ recipeBucket: `${name}-recipes`, artifactBucket: `${name}-artifacts` },
    keyArn: `arn:aws:kms:eu-west-1:${account}:key/00000000-0000-0000-0000-000000000000`,
    signingKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/22222222-2222-4222-8222-222222222222",
    functionsSha256: "f".repeat(64),
    network: {
      ...{ mode: "public", vpcId: "vpc-00000000000000001" },
      subnets: [{ subnetId: "subnet-00000000000000001", zone: "eu-west-1a" }],
      securityGroupId: "sg-00000000000000001",
    },
    builders: {
      ...{ instanceProfile: `${name}-builder`, roleId: "AROA0000000000000000" },
      imageParameters: { x86_64: "/aws/service/x", arm64: "/aws/service/y" },
      ...{ most: 10, lifetime: 24 },
    },
    ...{ documentName: `${name}-agent`, agentLogGroup: `/ovenbird/${name}/agent` },
    topicArn: `arn:aws:sns:eu-west-1:${account}:${name}`,
    agentPackages: { x86_64: packages, arm64: packages },
    ...more,
  });
};

/** Makes a stage's two buckets, versioned as the stacks make them. */
export const makeBuckets = async (moto: Moto, stage: Stage): Promise<S3Client> => {
  const s3 = new S3Client({ ...moto.client, ...retries, forcePathStyle: true });
  oneConditionAtATime(s3);
  for (const Bucket of [stage.recipeBucket, stage.artifactBucket]) {
    const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" as const };
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    const VersioningConfiguration = { Status: "Enabled" as const };
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  return s3;
};
