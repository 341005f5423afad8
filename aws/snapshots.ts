import {
  CreateSnapshotCommand,
  DeleteSnapshotCommand,
  type EC2Client,
  paginateDescribeSnapshots,
} from "@aws-sdk/client-ec2";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { InUse, NotFound } from "../core/errors.ts";
import { type BakeId, SnapshotId, type VolumeId } from "../core/ids.ts";
import type { Snapshots } from "../core/ports.ts";
import type { Stay } from "../core/stay.ts";
import { artifactKey } from "./artifacts.ts";
import { countDone } from "./count-done.ts";
import { backsImage } from "./find-images.ts";
import { lookAgain } from "./look-again.ts";
import { isNamed } from "./named-error.ts";
import { type Bucket, writeObject } from "./objects.ts";
import { awaitSnapshot } from "./snapshot/completion.ts";
import type { Stage } from "./stage.ts";
import { filters, tagged, tagsOf } from "./tags.ts";

export interface SnapshotsWorld {
  ec2: EC2Client;
  stage: Pick<Stage, "name">;
  /** Milliseconds between looks for what EC2 may not know yet. */
  pauses?: readonly number[];
  /** How long a call of `completed` asks. */
  stay?: Stay;
  /** Where it is noted that a bake's snapshot was begun; without it EC2 is asked each time. */
  notes?: Bucket;
}

type Tags = Readonly<Record<string, string>>;

/**
 * EBS snapshots. They are encrypted as the working disk is: by its key. CreateSnapshot takes no
 * client token, so a bake's snapshot is known by its tags; and who notes first that it begins one
 * need not look for another.
 */
export const ec2Snapshots = (aws: SnapshotsWorld): Snapshots => ({
  async create(bake, volumeId, tags) {
    if (await isFirst(aws, bake)) return begin(aws, bake, volumeId, tags);
    return (
      (await begunBefore(aws, bake)) ?? settle(aws, bake, await begin(aws, bake, volumeId, tags))
    );
  },
  completed: (snapshotId) => awaitSnapshot(aws, snapshotId),
  release: async (bake) =>
    countDone(await snapshotsOf(aws, bake), (snapshotId) => remove(aws, snapshotId)),
});

const isFirst = async ({ notes }: SnapshotsWorld, bake: BakeId): Promise<boolean> =>
  notes !== undefined &&
  writeObject(notes, artifactKey(bake, "snapshot-begun.json"), "{}\n", { unlessThere: true });

/** Where one was begun, EC2 may not show it yet, or the call that began it is still on its way. */
const begunBefore = (aws: SnapshotsWorld, bake: BakeId): Promise<SnapshotId | undefined> => {
  const look = async () => (await snapshotsOf(aws, bake))[0];
  return aws.notes === undefined ? look() : lookAgain(look, aws.pauses);
};

const begin = async (
  { ec2, stage }: SnapshotsWorld,
  bake: BakeId,
  VolumeId: VolumeId,
  tags: Tags,
): Promise<SnapshotId> => {
  const own = tagsOf({ stage, bake, role: "snapshot" }, tags);
  const order = new CreateSnapshotCommand({
    VolumeId,
    Description: `The disk of the bake ${bake}`,
    TagSpecifications: tagged(own, "snapshot"),
  });
  const { SnapshotId: snapshotId } = await ec2.send(order).catch((error: unknown) => {
    if (!isNamed(error, "InvalidVolume.NotFound")) throw error;
    throw new NotFound(
      `the working disk ${VolumeId} of ${bake} is gone: its builder ended when the agent had; start a new bake`,
      { cause: error },
    );
  });
  return SnapshotId.parse(snapshotId);
};

/**
 * Of two that were begun at once the older stays. Each caller removes none but its own, and only
 * when it sees an older one: so the oldest is removed by nobody, whatever EC2 does not show yet.
 * One that stays unseen beside it goes when the bake is released.
 */
const settle = async (aws: SnapshotsWorld, bake: BakeId, mine: SnapshotId): Promise<SnapshotId> => {
  const [first = 0, ...pauses] = aws.pauses ?? whenVisible;
  await sleep(first);
  const all = await lookAgain(async () => {
    const seen = await snapshotsOf(aws, bake);
    return seen.includes(mine) ? seen : undefined;
  }, pauses);
  const oldest = all?.[0] ?? mine;
  if (oldest !== mine) await remove(aws, mine);
  return oldest;
};

/** Milliseconds: a second passes until EC2's searches show what was made just now. */
const whenVisible = [1000, 500, 1000, 2000, 4000];

const Begun = z.object({ SnapshotId, StartTime: z.date() });

/** The bake's snapshots, the oldest first; of one moment, by their ids. */
const snapshotsOf = async ({ ec2, stage }: SnapshotsWorld, bake: BakeId): Promise<SnapshotId[]> => {
  const pages = paginateDescribeSnapshots(
    { client: ec2, pageSize: 1000 },
    { OwnerIds: ["self"], Filters: filters(stage, { bake, role: "snapshot" }) },
  );
  const found: z.infer<typeof Begun>[] = [];
  for await (const { Snapshots: page = [] } of pages) found.push(...z.array(Begun).parse(page));
  return found
    .toSorted(
      (one, other) =>
        one.StartTime.getTime() - other.StartTime.getTime() ||
        one.SnapshotId.localeCompare(other.SnapshotId),
    )
    .map(({ SnapshotId: snapshotId }) => snapshotId);
};

/**
 * Whether it was there and backs no image. EC2 itself refuses to delete one that does, so there is
 * no moment between looking and deleting; but it goes on refusing for some seconds after the image
 * is gone. The deletion of a pending one takes effect when it completes; until then a release may
 * count it again. Throws InUse.
 */
const remove = async (aws: SnapshotsWorld, snapshotId: SnapshotId): Promise<boolean> => {
  const removed = await lookAgain(() => tryRemoving(aws, snapshotId), aws.pauses);
  if (removed !== undefined) return removed;
  throw new InUse(
    `EC2 has the snapshot ${snapshotId} in use by an image that is not there any more; ` +
      "a later release takes it",
  );
};

/** Undefined when it is worth another try. */
const tryRemoving = async (
  aws: SnapshotsWorld,
  snapshotId: SnapshotId,
): Promise<boolean | undefined> => {
  try {
    await aws.ec2.send(new DeleteSnapshotCommand({ SnapshotId: snapshotId }));
    return true;
  } catch (error) {
    if (isNamed(error, "InvalidSnapshot.NotFound")) return false;
    if (!isNamed(error, "InvalidSnapshot.InUse")) throw error;
    return (await backsImage(aws, snapshotId)) ? false : undefined;
  }
};
