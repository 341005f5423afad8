import { createHash } from "node:crypto";
import { CreateVolumeCommand, EC2ServiceException } from "@aws-sdk/client-ec2";
import { BuilderFailed, BuilderPending, NotFound } from "../../core/errors.ts";
import type { BakeId } from "../../core/ids.ts";
import type { BuilderSpec } from "../../core/ports.ts";
import { mayNotUse } from "../machine/death.ts";
import type { Machine, Machines } from "../machine/instances.ts";
import { isUnwell, refusal } from "../machine/refusals.ts";
import { tagged, tagKeys, tagsOf } from "../tags.ts";
import { type Disk, diskOf, findDisks } from "../machine/disks.ts";

/**
 * The working disk of that builder: made while it boots, in its zone, with a token that names it,
 * so that there is one however many ask. Throws BuilderPending, BuilderFailed, and NotFound when
 * the snapshot it is to begin as is gone.
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
  { ec2, stage }: Machines,
  bake: BakeId,
  spec: BuilderSpec,
  builder: Machine,
): Promise<Disk> => {
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
    throw inOurWords(error, `the working disk of ${bake}`);
  }
};

/** At most 64 characters, EC2's limit. */
const token = (bake: BakeId, { id }: Machine): string =>
  `${bake}-${createHash("sha256").update(id).digest("hex").slice(0, 15)}`;

/** What EC2 refuses, as the bake's own error; where it did not answer, its error as it is. */
export const inOurWords = (error: unknown, what: string): unknown => {
  if (!(error instanceof EC2ServiceException) || isUnwell(error)) return error;
  if (error.name === "InvalidSnapshot.NotFound") {
    const message = "the origin was removed while this bake began; start it again";
    return new NotFound(message, { cause: error });
  }
  const { means, why } = refusal(error);
  return means === "wait"
    ? new BuilderPending(`${what} waits for ${why}`, { cause: error })
    : new BuilderFailed(`EC2 refused ${what}: ${why}`, { cause: error });
};
