import { DeregisterImageCommand, type EC2Client, RegisterImageCommand } from "@aws-sdk/client-ec2";
import type { SSMClient } from "@aws-sdk/client-ssm";
import * as z from "zod";
import { CorruptRecord, ImageNameTaken, NotFound } from "../core/errors.ts";
import { BakeId, ImageId } from "../core/ids.ts";
import type { ImageAttributes } from "../core/image-attributes.ts";
import type { Image } from "../core/image.ts";
import type { Images, ImageSpec } from "../core/ports.ts";
import { noteReleased } from "../core/released.ts";
import { bundleDigest } from "../core/statement/bundle.ts";
import { s3Artifacts } from "./artifacts.ts";
import { countDone } from "./count-done.ts";
import { type Ami, rootSnapshot, tagOf } from "./ami.ts";
import { imageNamed, imageOfId, imagesOf, isMissing } from "./find-images.ts";
import {
  type Candidate,
  hasCandidate,
  readCandidate,
  readRecord,
  writeCandidate,
  writeRecord,
} from "./image-records.ts";
import { makeLatest } from "./latest-image.ts";
import { lookAgain } from "./look-again.ts";
import { isNamed } from "./named-error.ts";
import type { Bucket } from "./objects.ts";
import { originFacts } from "./origin-facts.ts";
import { deprecate, markPublished, protect, type Publication, share } from "./publication.ts";
import { imageName, type Registration, registration } from "./registration.ts";
import { writeStatements } from "./statements.ts";
import { uefiDataOf } from "./uefi-data.ts";
import { attachWatermark } from "./watermark.ts";
import type { Stage } from "./stage.ts";

export interface ImagesWorld extends Bucket {
  ec2: EC2Client;
  ssm: SSMClient;
  stage: Bucket["stage"] & Pick<Stage, "name">;
  /** Milliseconds between looks for what EC2 may not know yet. */
  pauses?: readonly number[];
}

/** AMIs, with the catalogue's records in S3 and the newest of each recipe in a parameter. */
export const ec2Images = (aws: ImagesWorld): Images => ({
  async register(spec, attributes) {
    const asked = originOf(aws, spec, attributes);
    asked.catch(() => undefined); // of an image that is registered already, it is not wanted
    // no call registers before it has written its record
    const existing = (await hasCandidate(aws, spec.bake))
      ? await imageNamed(aws, imageName(aws.stage, spec.bake))
      : undefined;
    if (existing !== undefined) return ours(existing, spec);
    const origin = await asked;
    const request = registration({ stage: aws.stage, spec, attributes, origin });
    await writeCandidate(aws, { spec, attributes });
    return register(aws, spec, request);
  },
  async publish(imageId, statements) {
    const ami = await publishable(aws, imageId);
    const { spec, attributes } = await candidateOf(aws, ami);
    const created = createdOf(ami);
    const statement = statements === undefined ? undefined : bundleDigest(statements);
    const publication = { imageId, ami, attributes, created, statement };
    // what may be refused comes before the mark: until then the image is a candidate, and removed
    const deprecateAt = await deprecate(aws.ec2, publication);
    // EC2 watermarks no image that everybody may launch
    if (!attributes.launchPermissions.public) await attachWatermark(aws, imageId, ami);
    await share(aws.ec2, publication);
    if (statements !== undefined) await writeStatements(aws, imageId, statements);
    await markPublished(aws.ec2, publication);
    const image: Image = {
      ...{ ...spec, imageId, state: "published", created },
      ...(deprecateAt && { deprecateAt }),
      ...(statement && { statement }),
    };
    const published = await finish(aws, publication, image);
    await noteReleased(s3Artifacts(aws), spec.bake, "candidate");
    return published;
  },
  async complete(bake) {
    const ami = (await imagesOf(aws, bake)).find((one) => !isCandidate(one));
    return ami && (await completed(aws, ami));
  },
  async release(bake) {
    const all = await imagesOf(aws, bake);
    return countDone(all.filter(isCandidate), (ami) => deregister(aws, ami));
  },
});

const isCandidate = (ami: Ami): boolean => tagOf(ami, "state") !== "published";

/** What comes after the mark; all of it may be done again. */
const finish = async (aws: ImagesWorld, publication: Publication, image: Image): Promise<Image> => {
  await protect(aws.ec2, publication);
  await writeRecord(aws, image);
  await makeLatest(aws, image);
  return image;
};

/** One that has the mark; whoever published may have been killed before the catalogue had it. */
const completed = async (aws: ImagesWorld, ami: Ami): Promise<Image> => {
  const imageId = ImageId.parse(ami.ImageId);
  const { spec, attributes } = await candidateOf(aws, ami);
  const created = createdOf(ami);
  const { DeprecationTime: time } = ami;
  const deprecateAt = time === undefined ? undefined : new Date(time).toISOString();
  const statement = tagOf(ami, "statement");
  const found = { ...spec, imageId, state: "published" as const, created };
  const image = {
    ...{ ...found, ...(deprecateAt && { deprecateAt }) },
    ...(statement !== undefined && { statement }),
  };
  const record = await readRecord(aws, imageId);
  return finish(aws, { imageId, ami, attributes, created, statement }, record ?? image);
};

const createdOf = ({ CreationDate }: Ami): string =>
  new Date(z.string().parse(CreationDate)).toISOString();

/** The name is the bake's; what it stands for must be the bake's snapshot. Throws ImageNameTaken. */
const ours = (ami: Ami, { bake, snapshotId }: ImageSpec): ImageId => {
  if (rootSnapshot(ami) !== snapshotId) throw new ImageNameTaken(ami.Name ?? bake);
  return ImageId.parse(ami.ImageId);
};

/** Two that register at once have one image: EC2 refuses the second the name. */
const register = async (
  aws: ImagesWorld,
  spec: ImageSpec,
  request: ReturnType<typeof registration>,
): Promise<ImageId> => {
  try {
    return ImageId.parse((await aws.ec2.send(new RegisterImageCommand(request))).ImageId);
  } catch (error) {
    if (!isNamed(error, "InvalidAMIName.Duplicate")) throw error;
    const holder = await lookAgain(() => imageNamed(aws, request.Name ?? ""), aws.pauses);
    if (holder === undefined) throw error;
    return ours(holder, spec);
  }
};

/** The image that the bake started from, where it is one of EC2's. Throws NotFound. */
const originOf = async (
  aws: ImagesWorld,
  spec: ImageSpec,
  { uefiData }: ImageAttributes,
): Promise<Registration["origin"]> => {
  const [origin] = spec.lineage;
  if (origin?.kind !== "image" && origin?.kind !== "stock") return undefined;
  const imageId = origin.kind === "stock" ? origin.copyId : origin.imageId;
  const facts = await originFacts(aws, imageId);
  if (facts === undefined) {
    throw new NotFound(
      `the origin ${imageId} of ${spec.name} was removed while it was baked, so its devices are ` +
        "not known any more; bake again from one that stays",
    );
  }
  const isInherited = uefiData === undefined && spec.disk.bootMode !== "legacy-bios";
  return isInherited ? { ...facts, UefiData: await uefiDataOf(aws, imageId) } : facts;
};

/** EC2 has it `pending` for a moment after it was registered. Throws NotFound. */
const publishable = async (aws: ImagesWorld, imageId: ImageId): Promise<Ami> => {
  let last: Ami | undefined;
  const ami = await lookAgain(async () => {
    last = await imageOfId(aws, imageId);
    return last === undefined || last.State === "pending" ? undefined : last;
  }, aws.pauses);
  if (ami !== undefined && tagOf(ami, "stage") !== aws.stage.name) {
    throw new NotFound(`the image ${imageId} is none of the stage ${aws.stage.name}`);
  }
  if (ami?.State === "available") return ami;
  if (last === undefined) throw new NotFound(`there is no image ${imageId}`);
  const why = last.StateReason?.Message ?? "EC2 gives no reason";
  throw new NotFound(`the image ${imageId} is ${last.State}, not available: ${why}`);
};

/** Throws CorruptRecord. */
const candidateOf = async (aws: ImagesWorld, ami: Ami): Promise<Candidate> => {
  const bake = BakeId.parse(tagOf(ami, "bake"));
  const candidate = await readCandidate(aws, bake);
  if (candidate !== undefined && candidate.spec.snapshotId === rootSnapshot(ami)) return candidate;
  throw new CorruptRecord(
    `the bake ${bake} left no record of ${ami.ImageId} and its snapshot; bake again`,
  );
};

/**
 * Whether the candidate was there. Its snapshot goes by itself, after it: to have EC2 delete what
 * is behind it would delete snapshots too that a recipe names for further disks.
 */
const deregister = async (aws: ImagesWorld, { ImageId: imageId }: Ami): Promise<boolean> => {
  try {
    await aws.ec2.send(new DeregisterImageCommand({ ImageId: imageId }));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    // published since we looked: then the role may not deregister it (its policy names the tag)
    const now = await imageOfId(aws, ImageId.parse(imageId));
    if (now !== undefined && !isCandidate(now)) return false;
    throw error;
  }
};
