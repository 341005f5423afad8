import {
  CreateSnapshotCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotsCommand,
  type EC2Client,
  paginateDescribeSnapshots,
  type Snapshot,
} from "@aws-sdk/client-ec2";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { InUse, NotFound, SnapshotFailed, SnapshotPending } from "../core/errors.ts";
import { type BakeId, SnapshotId, type VolumeId } from "../core/ids.ts";
import type { Snapshots } from "../core/ports.ts";
import { countDone } from "./count-done.ts";
import { backsImage } from "./find-images.ts";
import { lookAgain } from "./look-again.ts";
import { isNamed } from "./named-error.ts";
import { pendingSnapshots, type PendingWorld } from "./snapshot-pending.ts";
import type { Stage } from "./stage.ts";
import { filters, tagged, tagsOf } from "./tags.ts";

export interface SnapshotsWorld {
  ec2: EC2Client;
  stage: Pick<Stage, "name">;
  /** For what bakes wait for together; without it, each asks for itself. */
  shared?: PendingWorld;
  /** Milliseconds between looks for what EC2 may not know yet. */
  pauses?: readonly number[];
}

type Tags = Readonly<Record<string, string>>;

/**
 * EBS snapshots. They are encrypted as the working disk is: by its key. CreateSnapshot takes no
 * client token, so a bake's snapshot is known by its tags.
 */
export const ec2Snapshots = (aws: SnapshotsWorld): Snapshots => ({
  async create(bake, volumeId, tags) {
    const [first] = await snapshotsOf(aws, bake);
    return first ?? settle(aws, bake, await begin(aws, bake, volumeId, tags));
  },
  async completed(snapshotId) {
    await refusePending(aws, snapshotId);
    const snapshot = await lookAgain(() => find(aws, snapshotId), aws.pauses);
    if (snapshot === undefined) throw new NotFound(`there is no snapshot ${snapshotId}`);
    return sizeOf(snapshotId, snapshot);
  },
  release: async (bake) =>
    countDone(await snapshotsOf(aws, bake), (snapshotId) => remove(aws, snapshotId)),
});

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
    { client: ec2, pageSize: 100 },
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

/** Throws SnapshotPending when somebody's look showed that it is; else nothing is known of it. */
const refusePending = async ({ shared }: SnapshotsWorld, snapshotId: SnapshotId): Promise<void> => {
  const pending = shared === undefined ? undefined : await pendingSnapshots(shared);
  if (pending?.sight.includes(snapshotId) !== true) return;
  throw new SnapshotPending(`the snapshot ${snapshotId} is not complete yet`);
};

const find = async (
  { ec2 }: SnapshotsWorld,
  snapshotId: SnapshotId,
): Promise<Snapshot | undefined> => {
  try {
    const ask = new DescribeSnapshotsCommand({ SnapshotIds: [snapshotId] });
    return (await ec2.send(ask)).Snapshots?.[0];
  } catch (error) {
    if (isNamed(error, "InvalidSnapshot.NotFound")) return undefined;
    throw error;
  }
};

/** GiB, as EC2 has it: the volume's. */
const sizeOf = (snapshotId: SnapshotId, snapshot: Snapshot): number => {
  const { State, Progress, StateMessage, VolumeSize, KmsKeyId } = snapshot;
  if (State === "completed") return z.int().positive().parse(VolumeSize);
  if (State === "pending") {
    throw new SnapshotPending(`the snapshot ${snapshotId} is complete to ${Progress ?? "0%"}`);
  }
  const why = StateMessage || "EC2 gives no reason";
  const key = KmsKeyId === undefined ? "" : `; it is encrypted with ${KmsKeyId}`;
  throw new SnapshotFailed(`the snapshot ${snapshotId} ended in state ${State}: ${why}${key}`);
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
