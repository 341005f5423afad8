import { createHash } from "node:crypto";
import { CreateVolumeCommand, EC2ServiceException } from "@aws-sdk/client-ec2";
import { BuilderFailed, BuilderPending, BuilderQueued, NotFound } from "../../core/errors.ts";
import type { BakeId } from "../../core/ids.ts";
import { notPermitted } from "../../core/not-permitted.ts";
import type { BuilderSpec } from "../../core/ports.ts";
import { mayNotUse } from "../machine/death.ts";
import { giveBack, type Machine, type Machines } from "../machine/instances.ts";
import { codeOf, fullQuota, isUnwell, refusal } from "../machine/refusals.ts";
import { tagged, tagKeys, tagsOf } from "../tags.ts";
import { type Disk, diskOf, findDisks } from "../machine/disks.ts";

/**
 * The working disk of that builder: made while it boots, in its zone, with a token that names it,
 * so that there is one however many ask. Throws BuilderPending, BuilderFailed, NotFound when
 * the snapshot it is to begin as is gone, and BuilderQueued when a quota has no room for it: the
 * builder is given back then.
 */
export const ensureDisk = async (
  aws: Machines,
  bake: BakeId,
  spec: BuilderSpec,
  builder: Machine,
): Promise<Disk> => {
  const disks = await findDisks(aws, { bake, role: "working-disk" });
  return (
    disks.find((disk) => disk.builder === builder.id) ?? (await makeDisk(aws, bake, spec, builder))
  );
};

/** Milliseconds in which EC2's searches find what was made: they lag behind. */
const lag = 120_000;

/** Made, or found by its token: the reply of an earlier call is repeated. */
export const makeDisk = async (
  aws: Machines,
  bake: BakeId,
  spec: BuilderSpec,
  builder: Machine,
): Promise<Disk> => {
  const disk = await create(aws, bake, spec, builder);
  if (Date.now() - disk.created.getTime() < lag) return disk;
  const key = spec.wishes.kmsKey ?? aws.stage.keyArn;
  throw new BuilderFailed(
    `the working disk ${disk.id} of ${bake} vanished after it was made: ${mayNotUse(key, false)}`,
  );
};

const create = async (
  aws: Machines,
  bake: BakeId,
  spec: BuilderSpec,
  builder: Machine,
): Promise<Disk> => {
  const { ec2, stage } = aws;
  const { volume, kmsKey } = spec.wishes;
  const tags = tagsOf({ stage, bake, role: "working-disk" }, { [tagKeys.builder]: builder.id });
  const command = new CreateVolumeCommand({
    ...{ AvailabilityZone: builder.zone, Size: spec.rootVolumeSize },
    ...(spec.snapshotId !== null && { SnapshotId: spec.snapshotId }),
    ...{ VolumeType: volume.type, Iops: volume.iops, Throughput: volume.throughput },
    ...{ Encrypted: true, KmsKeyId: kmsKey ?? stage.keyArn },
    ...{ TagSpecifications: tagged(tags, "volume"), ClientToken: token(bake, builder) },
  });
  try {
    return diskOf(await ec2.send(command));
  } catch (error) {
    await queueIfFull(aws, { bake, builder, error });
    throw inOurWords(error, `the working disk of ${bake}`);
  }
};

/** A builder would wait idle for as long as there is no room for its disk: it is given back. */
const queueIfFull = async (
  aws: Machines,
  { bake, builder, error }: { bake: BakeId; builder: Machine; error: unknown },
): Promise<void> => {
  const quota = fullQuota(codeOf(error));
  if (quota === undefined) return;
  await giveBack(aws, builder, codeOf(error));
  throw new BuilderQueued(
    `the working disk of ${bake} waits for ${quota}; its builder ${builder.id} was given back until then`,
    { cause: error },
  );
};

/** At most 64 characters, EC2's limit. */
const token = (bake: BakeId, { id }: Machine): string =>
  `${bake}-${createHash("sha256").update(id).digest("hex").slice(0, 15)}`;

/** What EC2 refuses, as the bake's own error; where it did not answer, its error as it is. */
export const inOurWords = (error: unknown, what: string): unknown => {
  if (!(error instanceof EC2ServiceException) || isUnwell(error)) return error;
  const denied = notPermitted(error);
  if (denied !== undefined) return denied;
  if (error.name === "InvalidSnapshot.NotFound") {
    const message = "the origin was removed while this bake began; start it again";
    return new NotFound(message, { cause: error });
  }
  const { means, why } = refusal(error);
  return means === "wait"
    ? new BuilderPending(`${what} waits for ${why}`, { cause: error })
    : new BuilderFailed(`EC2 refused ${what}: ${why}`, { cause: error });
};
