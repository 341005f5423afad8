import { EC2Client } from "@aws-sdk/client-ec2";
import { KMSClient } from "@aws-sdk/client-kms";
import type { S3Client } from "@aws-sdk/client-s3";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { bakePlaces } from "../../aws/agent/places.ts";
import { artifactKey } from "../../aws/artifacts.ts";
import { latestParameter } from "../../aws/latest-image.ts";
import { isNamed } from "../../aws/named-error.ts";
import { findObject } from "../../aws/objects.ts";
import { amiOfId } from "../../aws/origin/describe.ts";
import { readStage } from "../../aws/read-stage.ts";
import { retries } from "../../aws/retries.ts";
import { kmsKeys } from "../../aws/signer.ts";
import type { Stage } from "../../aws/stage.ts";
import { s3Statements } from "../../aws/statements.ts";
import { NotFound } from "../../core/errors.ts";
import { type BakeId, ImageId } from "../../core/ids.ts";
import { proveImage } from "../../core/statement/prove-image.ts";
import type { PublicKey } from "../../core/statement/signer.ts";
import { holdProofs, type Proofs, type Seen } from "../hold-proofs.ts";
import { reportsSeen, sha256, treeOf } from "../proofs.ts";
import { amiSentences } from "./ami-sentences.ts";
import { openS3, stageNameOf } from "./cloud.ts";

/** What a stage's images are verified with; nothing here writes. */
export interface Archive {
  ec2: EC2Client;
  s3: S3Client;
  ssm: SSMClient;
  kms: KMSClient;
  stage: Stage;
}

/** Opens a stage by its name. Throws NotFound, UsageError. */
export const openArchive = async (given: string | undefined): Promise<Archive> => {
  const stage = await readStage(new SSMClient(retries), stageNameOf(given));
  const config = { ...retries, region: stage.region };
  return {
    ...{ ec2: new EC2Client(config), s3: openS3(config), ssm: new SSMClient(config) },
    ...{ kms: new KMSClient(config), stage },
  };
};

/** An AMI's id as it is, or the newest of a recipe. Throws NotFound. */
export const amiNamed = async ({ ssm, stage }: Archive, idOrName: string): Promise<ImageId> => {
  if (/^ami-[0-9a-f]+$/.test(idOrName)) return ImageId.parse(idOrName);
  const missing = (cause?: unknown) =>
    new NotFound(
      `the stage ${stage.name} has no image of a recipe ${idOrName}; name an AMI by its id, or a recipe`,
      { cause },
    );
  if (!/^[\w.-]+$/.test(idOrName)) throw missing();
  try {
    const Name = latestParameter(stage, idOrName);
    return ImageId.parse((await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value);
  } catch (error) {
    throw isNamed(error, "ParameterNotFound") ? missing(error) : error;
  }
};

/**
 * Holds what the stage keeps of an image against its signatures, and against what EC2 says of it; by
 * those keys, or else by the stage's. Throws NotFound for what the catalogue does not know.
 */
export const proveAmi = async (
  archive: Archive,
  imageId: ImageId,
  keys: readonly PublicKey[] | undefined,
): Promise<Proofs> => {
  const { ec2, stage } = archive;
  return holdProofs(async () => {
    const kept = await s3Statements(archive).find(imageId);
    const isUnsigned = kept.text === undefined && kept.image.statement === undefined;
    const trusted = isUnsigned ? [] : (keys ?? (await kmsKeys(archive).trusted()));
    const proof = proveImage(kept, trusted);
    const seen = proof === undefined ? {} : await seenIn(archive, kept.image.bake);
    return { proof, seen, more: amiSentences(await amiOfId(ec2, imageId), proof, stage) };
  });
};

/** Bytes of a packed inventory that are read: a builder wrote it. */
const mostPacked = 128 * 1024 ** 2;

/** What is kept of the bake that the statements name. */
const seenIn = async (archive: Archive, bake: BakeId): Promise<Seen> => {
  const packed = await findObject(archive, bakePlaces(bake).inventory, mostPacked);
  const find = async (name: string) =>
    (await findObject(archive, artifactKey(bake, name), mostPacked))?.bytes;
  const found = await reportsSeen(find);
  if (packed === undefined) return found;
  return { inventory: sha256(packed.bytes), recorded: treeOf(packed.bytes, bake), ...found };
};
