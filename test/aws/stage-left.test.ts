import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateVolumeCommand, DeregisterImageCommand } from "@aws-sdk/client-ec2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { announcementLogGroup, loggedAnnouncements } from "../../aws/announcement-log.ts";
import { bucketsOf, emptyBucket } from "../../aws/empty-bucket.ts";
import { isPublished, isShared, remainsOf } from "../../aws/remains.ts";
import { retireImage } from "../../aws/retire-image.ts";
import { removeTraces, tracesOf } from "../../aws/traces.ts";
import { tagged, tagsOf } from "../../aws/tags.ts";
import { whoseAccount } from "../../aws/whose-account.ts";
import { account, makeBuckets, someStage } from "../support/aws-stage.ts";
import { bakeryOn, makeBucket, stage as imagesStage } from "../support/bakery-on-moto.ts";
import type { ImageId } from "../../core/ids.ts";
import { imageSpec, someBake } from "../support/local-state.ts";
import { noAttributes } from "../../core/image-attributes.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

/** Two published images of a recipe, the older first, and what the parameter says. */
const published = async (bakery: ReturnType<typeof bakeryOn>, name: string) => {
  const ids = [];
  for (let count = 0; count < 2; count++) {
    const bake = someBake();
    const spec = { ...imageSpec(bake, await bakery.newSnapshot(bake)), name };
    const imageId = await bakery.images.register(spec, noAttributes);
    await bakery.images.publish(imageId);
    ids.push(imageId);
    await new Promise((resolve) => setTimeout(resolve, 1100)); // EC2 tells whole seconds
  }
  const Name = `/ovenbird/${imagesStage.name}/images/${name}/latest`;
  const latest = async () =>
    (await bakery.ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value;
  const { ec2, ssm: own, s3: objects } = bakery;
  return { ids, latest, world: { ec2, ssm: own, s3: objects, stage: imagesStage } };
};

describe.skipIf(noMoto !== "")(`what is left of a stage${noMoto}`, () => {
  let moto: Moto;
  let s3: S3Client;
  let logs: CloudWatchLogsClient;
  let ssm: SSMClient;
  const stage = someStage();

  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
    s3 = await makeBuckets(moto, stage);
    await makeBucket(moto);
    logs = new CloudWatchLogsClient(moto.client);
    ssm = new SSMClient(moto.client);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const parameter = (Name: string) =>
    ssm.send(new PutParameterCommand({ Name, Value: "x", Type: "String" }));

  test("the account and the region are those of the credentials", async () => {
    const place = await whoseAccount(new EventBridgeClient(moto.client));
    expect(place).toEqual({ account, region: "eu-west-1" });
  });

  test("a bucket is emptied of versions and of marks that something was deleted", async () => {
    const place = { Bucket: stage.recipeBucket, Key: "a.yaml" };
    for (const Body of ["1", "2"]) await s3.send(new PutObjectCommand({ ...place, Body }));
    await s3.send(new DeleteObjectCommand(place));
    expect(await bucketsOf({ s3, stage })).toEqual([stage.recipeBucket, stage.artifactBucket]);
    await emptyBucket(s3, stage.recipeBucket);
    await s3.send(new DeleteBucketCommand({ Bucket: stage.recipeBucket }));
    expect(await bucketsOf({ s3, stage })).toEqual([]);
    await emptyBucket(s3, stage.recipeBucket); // one that is gone is empty
  });

  test("what has a stage's name is found, and removed but for buckets", async () => {
    const other = someStage();
    const world = { logs, ssm, s3, stage: other };
    const bucket = `x-${other.name}-y`;
    const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
    await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
    for (const logGroupName of [`/aws/lambda/${other.name}-x`, "/aws/lambda/another"]) {
      await logs.send(new CreateLogGroupCommand({ logGroupName }));
    }
    await parameter(`/ovenbird/${other.name}/images/web/latest`);
    await parameter(`/ovenbird/${other.name}x/stage`);
    expect(await tracesOf(world)).toEqual([
      { kind: "log group", id: `/aws/lambda/${other.name}-x` },
      { kind: "parameter", id: `/ovenbird/${other.name}/images/web/latest` },
      { kind: "bucket", id: bucket },
    ]);
    await removeTraces(world);
    expect(await tracesOf(world)).toEqual([{ kind: "bucket", id: bucket }]);
    const named = { ...world, stage: { name: "another" } };
    expect(await tracesOf(named)).toEqual([{ kind: "log group", id: "/aws/lambda/another" }]);
  });

  test("announcements are read from the lines that EventBridge writes, and no others", async () => {
    const logGroupName = announcementLogGroup(stage);
    expect(await loggedAnnouncements({ logs, stage })).toEqual([]);
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    const place = { logGroupName, logStreamName: "one" };
    await logs.send(new CreateLogStreamCommand(place));
    const bake = someBake();
    const detail = {
      ...{ version: 1, id: bake, outcome: "stopped", bake, name: "web", error: "BakeStopped" },
      ...{ message: "x", at: "2026-11-21T12:00:00.000Z" },
    };
    const lines = [{ source: "ovenbird", detail }, { source: "aws.ec2", detail }, {}];
    const timestamp = Date.now();
    const logEvents = lines.map((line) => ({ timestamp, message: JSON.stringify(line) }));
    await logs.send(new PutLogEventsCommand({ ...place, logEvents }));
    expect(await loggedAnnouncements({ logs, stage })).toEqual([detail]);
  });

  test("all that has the stage's tag is found; of an image what is behind it", async () => {
    await using bakery = bakeryOn(moto);
    const { ec2, ssm: own, s3: objects } = bakery;
    const world = { ec2, ssm: own, s3: objects, stage: imagesStage };
    const bake = someBake();
    const spec = { ...imageSpec(bake, await bakery.newSnapshot(bake)), name: "web" };
    const imageId = await bakery.images.register(spec, noAttributes);
    const tags = tagsOf({ stage: imagesStage, bake, role: "working-disk" });
    const order = { AvailabilityZone: "eu-west-1a", Size: 1 };
    const TagSpecifications = tagged(tags, "volume");
    const { VolumeId } = await ec2.send(new CreateVolumeCommand({ ...order, TagSpecifications }));
    await bakery.images.publish(imageId);
    const found = await remainsOf(world);
    expect(found.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      ...[`volume ${VolumeId}`, `snapshot ${spec.snapshotId}`, `image ${imageId}`],
      `parameter /ovenbird/${imagesStage.name}/images/web/latest`,
    ]);
    const [disk, , image] = found;
    expect(disk?.tags).toEqual({ stage: imagesStage.name, bake, role: "working-disk" });
    expect(image?.snapshots).toEqual([spec.snapshotId]);
    expect(found.filter(isPublished)).toEqual([image]);
    expect(found.filter(isShared)).toEqual([]);

    await retireImage(world, imageId);
    await retireImage(world, imageId); // a second time finds nothing to do
    expect(await remainsOf(world)).toEqual([disk]);
  });

  test("when the latest image is retired, the newest of those that are left is the latest", async () => {
    await using bakery = bakeryOn(moto);
    const { ids, latest, world } = await published(bakery, "two");
    const [older, newer] = ids as [ImageId, ImageId];
    expect(await latest()).toBe(newer);
    await retireImage(world, newer);
    expect(await latest()).toBe(older);
    await retireImage(world, older);
    await expect(latest()).rejects.toMatchObject({ name: "ParameterNotFound" });
  });

  test("an image that EC2 does not let go stays the latest, with all that is of it", async () => {
    await using bakery = bakeryOn(moto);
    const { ids, latest, world } = await published(bakery, "protected");
    const [, newer] = ids as [ImageId, ImageId];
    let isProtected = true;
    bakery.ec2.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (!isProtected || commandName !== "DeregisterImageCommand") return next(args);
          throw Object.assign(new Error("it is protected"), { name: "OperationNotPermitted" });
        },
      { step: "initialize" },
    );
    await expect(retireImage(world, newer)).rejects.toThrow("it is protected");
    expect(await latest()).toBe(newer);
    isProtected = false;
    await retireImage(world, newer);
    expect(await latest()).not.toBe(newer);
  });

  test("what a retirement that was killed left undone, the next one does", async () => {
    await using bakery = bakeryOn(moto);
    const { ids, latest, world } = await published(bakery, "killed");
    const [older, newer] = ids as [ImageId, ImageId];
    await bakery.ec2.send(new DeregisterImageCommand({ ImageId: newer }));
    await retireImage(world, newer);
    expect(await latest()).toBe(older);
  });

  test("an image of another stage is not retired", async () => {
    await using bakery = bakeryOn(moto);
    const spec = await bakery.newSpec();
    const imageId = await bakery.images.register(spec, noAttributes);
    const world = { ...bakery, stage: { ...imagesStage, name: "another" } };
    await expect(retireImage(world, imageId)).rejects.toThrow(`${imageId} is none of the stage`);
  });
});
