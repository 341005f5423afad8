import {
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { SSMClient } from "@aws-sdk/client-ssm";
import { randomBytes } from "node:crypto";
import type { Looks } from "../../aws/builder/attachment.ts";
import type { BootWait } from "../../aws/machine/online.ts";
import { Stage } from "../../aws/stage.ts";
import { tagKeys } from "../../aws/tags.ts";
import { type Front, jsonReply, openFront } from "./aws-front.ts";
import { someBake } from "./local-state.ts";
import type { Moto } from "./moto.ts";

/** A stage of its own in moto's account, seen through a front, with clients for it. */
export interface AwsWorld extends AsyncDisposable {
  front: Front;
  ec2: EC2Client;
  s3: S3Client;
  ssm: SSMClient;
  stage: Stage;
  boot: BootWait;
  looks: Looks;
  newBake(): Promise<ReturnType<typeof someBake>>;
  /** Every instance of the stage, with ids of a state. */
  instances(): Promise<{ id: string; state: string; launched: Date }[]>;
  volumes(): Promise<{ id: string; state: string; builder: string }[]>;
}

const parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
export const profile = "ovenbird-builder";

export const openAws = async (moto: Moto): Promise<AwsWorld> => {
  const front = await openFront(moto);
  // fewer attempts than the product's, so that a test of what is retried does not take long
  const ec2 = new EC2Client({ ...front.client, retryMode: "adaptive", maxAttempts: 3 });
  const ssm = new SSMClient({ ...front.client, maxAttempts: 2 });
  const s3 = new S3Client({ ...moto.client, forcePathStyle: true });
  const stage = await makeStage(moto, ec2);
  await s3.send(
    new CreateBucketCommand({
      Bucket: stage.artifactBucket,
      CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
    }),
  );
  // moto has no agents; what SSM says of one is AWS's own format
  front.on("DescribeInstanceInformation", ({ json }) => {
    const [filter] = json["Filters"] as { Values: string[] }[];
    const InstanceInformationList = (filter?.Values ?? []).map((InstanceId) => ({
      ...{ InstanceId, PingStatus: "Online" },
    }));
    return jsonReply({ InstanceInformationList });
  });
  const Filters = [{ Name: `tag:${tagKeys.stage}`, Values: [stage.name] }];
  return {
    ...{ front, ec2, s3, ssm, stage, newBake: async () => someBake() },
    boot: { least: 0, pause: 0, most: 0 },
    looks: { most: 5, first: 0, pause: 0 },
    async instances() {
      const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
      return Reservations.flatMap(({ Instances = [] }) => Instances).map((instance) => ({
        id: instance.InstanceId ?? "",
        state: instance.State?.Name ?? "",
        launched: instance.LaunchTime ?? new Date(0),
      }));
    },
    async volumes() {
      const { Volumes = [] } = await ec2.send(
        new DescribeVolumesCommand({
          Filters: [...Filters, { Name: `tag:${tagKeys.role}`, Values: ["working-disk"] }],
        }),
      );
      return Volumes.map(({ VolumeId = "", State = "", Tags = [] }) => ({
        ...{ id: VolumeId, state: State },
        builder: Tags.find(({ Key }) => Key === tagKeys.builder)?.Value ?? "",
      }));
    },
    async [Symbol.asyncDispose]() {
      ec2.destroy();
      s3.destroy();
      ssm.destroy();
      await front[Symbol.asyncDispose]();
    },
  };
};

/** Asked for once: all stages of a test's file have moto's default network. */
const networks = new WeakMap<Moto, Promise<Stage["network"]>>();

const networkOf = async (moto: Moto, ec2: EC2Client): Promise<Stage["network"]> => {
  await makeProfile(moto);
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const subnets = Subnets.slice(0, 2).map(({ SubnetId = "", AvailabilityZone = "" }) => ({
    ...{ subnetId: SubnetId, zone: AvailabilityZone },
  }));
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({}));
  const securityGroupId = SecurityGroups?.[0]?.GroupId ?? "";
  return { mode: "public", vpcId: Subnets[0]?.VpcId ?? "", subnets, securityGroupId };
};

const makeStage = async (moto: Moto, ec2: EC2Client): Promise<Stage> => {
  const network = networks.get(moto) ?? networkOf(moto, ec2);
  networks.set(moto, network);
  const name = `t${randomBytes(6).toString("hex")}`;
  return Stage.parse({
    ...{ name, account: "123456789012", region: "eu-west-1" },
    ...{ recipeBucket: "recipes", artifactBucket: `${name}-artifacts` },
    keyArn: "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555",
    signingKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/22222222-2222-4222-8222-222222222222",
    functionsSha256: "f".repeat(64),
    network: await network,
    builders: {
      ...{ instanceProfile: profile, roleId: "AROA1", most: 20, lifetime: 6 },
      imageParameters: { x86_64: parameter, arm64: parameter.replace("x86_64", "arm64") },
    },
    ...{ documentName: "ovenbird-agent", agentLogGroup: "/ovenbird/agent" },
    topicArn: "arn:aws:sns:eu-west-1:123456789012:ovenbird",
    agentPackages: {
      x86_64: { bucket: "packages", key: "agent-x86_64.tar.gz", sha256: "0".repeat(64) },
      arm64: { bucket: "packages", key: "agent-arm64.tar.gz", sha256: "0".repeat(64) },
    },
  });
};

/** By hand, because nothing else here needs IAM's client. */
const makeProfile = async (moto: Moto): Promise<void> => {
  await fetch(`${moto.client.endpoint}/`, {
    method: "POST",
    headers: {
      // moto believes any signature; what it reads there is the service
      authorization:
        "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/iam/aws4_request, SignedHeaders=host, Signature=0",
      "content-type": "application/x-www-form-urlencoded",
    },
    body: `Action=CreateInstanceProfile&InstanceProfileName=${profile}&Version=2010-05-08`,
  });
};
