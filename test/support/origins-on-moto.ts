import {
  CreateTagsCommand,
  EC2Client,
  paginateDescribeImages,
  RegisterImageCommand,
} from "@aws-sdk/client-ec2";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SSMClient } from "@aws-sdk/client-ssm";
import { ec2Origins } from "../../aws/origins.ts";
import { filters, tagKeys } from "../../aws/tags.ts";
import { ImageId, SnapshotId } from "../../core/ids.ts";
import type { Image } from "../../core/image.ts";
import { dropMark } from "../../core/newest-image.ts";
import { forgetfulEc2 } from "./forgetful-ec2.ts";
import { imageSpec, someBake } from "./local-state.ts";
import type { Moto } from "./moto.ts";
import { oneConditionAtATime } from "./one-condition-at-a-time.ts";

let made = 0;

/** A stage of moto's account that nothing else is of: moto forgets all of it too slowly. */
const newStage = () => {
  const name = `test-${++made}`;
  const arn = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000";
  const place = { account: "123456789012", region: "eu-west-1", keyArn: arn };
  return { name, ...place, artifactBucket: `ovenbird-${name}-artifacts` };
};

/** Stock images that moto has. */
export const stock = {
  linux: "ami-760aaa0f",
  arm: "ami-0e9271c829888680e",
  /** For a test to deregister. */
  doomed: "ami-785db401",
  windows: "ami-03cf127a",
  paravirtual: "ami-8104a4f8",
  instanceStore: "ami-04681a1dbd79675b6",
} as const;

/** The origins of a new stage in moto's account, at a moment that stands still until it is moved. */
export const originsOn = async (moto: Moto) => {
  const stage = newStage();
  const plain = new EC2Client(moto.client);
  const s3 = new S3Client({ ...moto.client, forcePathStyle: true });
  oneConditionAtATime(s3);
  const ssm = new SSMClient(moto.client);
  const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
  const bucket = { Bucket: stage.artifactBucket, CreateBucketConfiguration };
  await s3.send(new CreateBucketCommand(bucket));
  const forgetful = forgetfulEc2(moto);
  const clock = { now: Date.now() };
  // tests change what there is, and ask again at once
  const account = { ec2: forgetful.ec2, ssm, s3, stage, fresh: 0, now: () => clock.now };

  const record = (image: Pick<Image, "imageId" | "lineage">, text = JSON.stringify(image)) => {
    const Key = `images/${image.imageId}.json`;
    return s3.send(new PutObjectCommand({ Bucket: stage.artifactBucket, Key, Body: text }));
  };

  /** An image of a recipe of this stage's, as register and publish leave it. */
  const bake = async (
    name: string,
    more: Partial<Pick<Image, "lineage" | "state" | "created" | "drop">> = {},
  ): Promise<Image> => {
    const { ImageId: id } = await plain.send(new RegisterImageCommand({ Name: name }));
    const snapshotId = SnapshotId.parse(`snap-${id?.slice(4)}`);
    const { state = "published", created = new Date().toISOString() } = more;
    const spec = { ...imageSpec(someBake(), snapshotId), name };
    const image: Image = { ...spec, ...more, imageId: ImageId.parse(id), state, created };
    const tags = {
      ...{ stage: stage.name, role: "image", recipe: name, state },
      ...(more.drop && { drop: dropMark(more.drop) }),
    };
    const Tags = Object.entries(tags).map(([key, Value]) => ({
      ...{ Key: tagKeys[key as keyof typeof tags], Value },
    }));
    await plain.send(new CreateTagsCommand({ Resources: [image.imageId], Tags }));
    forgetful.known.set(image.imageId, { CreationDate: created });
    if (state === "published") await record(image);
    return image;
  };

  /** Copies in the account that this stage made. */
  const copies = async () => {
    const Filters = filters(stage, { role: "origin" });
    const all = [];
    for await (const page of paginateDescribeImages({ client: plain }, { Filters })) {
      all.push(...(page.Images ?? []));
    }
    return all;
  };

  return {
    ...{ ...forgetful, account, stage, clock, plain, ssm, s3, bake, record, copies },
    origins: ec2Origins(account),
    newBake: async () => someBake(),
    [Symbol.asyncDispose]: async () => {},
  };
};
export type OriginsOnMoto = Awaited<ReturnType<typeof originsOn>>;
