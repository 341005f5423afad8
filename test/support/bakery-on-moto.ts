import { CreateVolumeCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { SSMClient } from "@aws-sdk/client-ssm";
import { ec2Images } from "../../aws/images.ts";
import { s3Statements } from "../../aws/statements.ts";
import { ec2Snapshots } from "../../aws/snapshots.ts";
import { type BakeId, type SnapshotId, VolumeId } from "../../core/ids.ts";
import type { ImageSpec } from "../../core/ports.ts";
import { noStay, type Stay } from "../../core/stay.ts";
import { imageSpec, someBake } from "./local-state.ts";
import type { Moto } from "./moto.ts";
import { rememberImages } from "./moto-images.ts";
import { oneConditionAtATime } from "./one-condition-at-a-time.ts";
import { recorded } from "./recorded.ts";

/** A stage of moto's account. */
export const stage = {
  name: "test",
  account: "123456789012",
  region: "eu-west-1",
  artifactBucket: "ovenbird-test-artifacts",
  keyArn: "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000",
};

/** Between looks, in milliseconds: moto knows at once what it made. */
export const pauses = [1, 1, 1, 1];

/** The bucket that a stage's artifacts are in; it is there once for each moto. */
export const makeBucket = async ({ client }: Moto): Promise<void> => {
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
  await s3.send(
    new CreateBucketCommand({ Bucket: stage.artifactBucket, CreateBucketConfiguration }),
  );
};

/** Clients of moto's, with what they were asked; what moto forgets of images is remembered. */
export const clientsOn = ({ client }: Moto) => {
  const ec2 = new EC2Client(client);
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  oneConditionAtATime(s3);
  const ssm = new SSMClient(client);
  const asked = recorded(ec2, s3, ssm);
  rememberImages(ec2, new EC2Client(client));
  return { ec2, s3, ssm, asked };
};
export type Clients = ReturnType<typeof clientsOn>;

/** Each image is of a recipe of its own: of one recipe only the newest is the latest. */
let recipes = 0;

/** The ports over these clients, and bakes that have what comes before. */
export const bakeryOn = (moto: Moto, clients: Clients = clientsOn(moto), stay: Stay = noStay) => {
  const aws = { ...clients, stage, pauses, stay };
  const snapshots = ec2Snapshots(aws);
  const newDisk = async (Size: number): Promise<VolumeId> => {
    const order = { AvailabilityZone: "eu-west-1a", Size };
    return VolumeId.parse((await clients.ec2.send(new CreateVolumeCommand(order))).VolumeId);
  };
  const newSnapshot = async (bake: BakeId): Promise<SnapshotId> =>
    snapshots.create(bake, await newDisk(1), {});
  return {
    ...clients,
    aws,
    snapshots,
    images: ec2Images(aws),
    statements: s3Statements(aws),
    newDisk,
    newSnapshot,
    newBake: async () => someBake(),
    async newSpec(bake = someBake()): Promise<ImageSpec> {
      return { ...imageSpec(bake, await newSnapshot(bake)), name: `web-${++recipes}` };
    },
    otherSnapshot: () => newSnapshot(someBake()),
    [Symbol.asyncDispose]: async () => {},
  };
};
