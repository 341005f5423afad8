import { readFileSync } from "node:fs";
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DescribeStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { bakeMachineArn } from "../../aws/bake-machine.ts";
import { Stage } from "../../aws/stage.ts";
import { createStack } from "./create-stack.ts";
import type { Moto } from "./moto.ts";
import { synthesize } from "./stack.ts";

/** What bakes start from, and what builders boot, in the format of MOTO_AMIS_PATH. */
export const stockImage = {
  ...{ ami_id: "ami-0123456789abcdef0", name: "stock", description: "", owner_id: "137112412989" },
  ...{ architecture: "x86_64", root_device_type: "ebs", root_device_name: "/dev/xvda" },
  ...{ virtualization_type: "hvm", hypervisor: "xen", image_type: "machine", sriov: "simple" },
  ...{ public: true, platform: null },
};

const imageParameters = ["/images/x86_64", "/images/arm64"];

const parameters = `
most_builders: 2
builder_images: { x86_64: ${imageParameters[0]}, arm64: ${imageParameters[1]} }
`;

export interface DeployedStage {
  stage: Stage;
  /** The state machine's, with the ARNs that CloudFormation put in. */
  definition: string;
}

/** Deploys the template of a stage, as the stacks make it, with what lies in its buckets. */
export const deployToMoto = async (moto: Moto, folder: string): Promise<DeployedStage> => {
  const s3 = new S3Client({ ...moto.client, forcePathStyle: true });
  const ssm = new SSMClient(moto.client);
  const assets = `cdk-hnb659fds-assets-123456789012-${moto.client.region}`;
  await makeBucket(s3, assets);
  await put(s3, assets, "anything", "-"); // functions' code: moto wants some object there
  await parameter(ssm, "/cdk-bootstrap/hnb659fds/version", "30");
  for (const name of imageParameters) await parameter(ssm, name, stockImage.ami_id);
  const { file } = synthesize(folder, parameters);
  await createStack(moto, "Ovenbird", readFileSync(file, "utf8"));
  const ask = new GetParameterCommand({ Name: "/ovenbird/dev/stage" });
  const stage = Stage.parse(JSON.parse((await ssm.send(ask)).Parameter?.Value ?? ""));
  await version(s3, stage.recipeBucket);
  await version(s3, stage.artifactBucket);
  await uploadPackages(s3, stage, folder);
  const machine = new DescribeStateMachineCommand({ stateMachineArn: bakeMachineArn(stage) });
  const { definition = "" } = await new SFNClient(moto.client).send(machine);
  return { stage, definition };
};

const makeBucket = async (s3: S3Client, Bucket: string): Promise<void> => {
  const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
};

const put = (s3: S3Client, Bucket: string, Key: string, Body: string | Buffer) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body }));

const parameter = (ssm: SSMClient, Name: string, Value: string) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: "String" }));

/** Has a bucket keep versions: moto's CloudFormation passes over it. */
export const version = (s3: S3Client, Bucket: string) =>
  s3.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
  );

/** As CDK does before it deploys: the files that test/support/stack.ts has for packages. */
const uploadPackages = async (s3: S3Client, stage: Stage, folder: string): Promise<void> => {
  for (const [architecture, { bucket, key }] of Object.entries(stage.agentPackages)) {
    await put(s3, bucket, key, readFileSync(`${folder}/${architecture}.tgz`));
  }
};
