import { DescribeSnapshotsCommand, type EC2Client, type Snapshot } from "@aws-sdk/client-ec2";
import * as z from "zod";
import { NotFound, SnapshotFailed, SnapshotPending } from "../../core/errors.ts";
import type { SnapshotId } from "../../core/ids.ts";
import { type Stay, usualStay } from "../../core/stay.ts";
import { lookAgain } from "../look-again.ts";
import { isThrottle } from "../machine/refusals.ts";
import { isNamed } from "../named-error.ts";
import type { Stage } from "../stage.ts";
import { staying } from "../stay.ts";
import { filters } from "../tags.ts";

export interface Completions {
  ec2: EC2Client;
  stage: Pick<Stage, "name">;
  pauses?: readonly number[];
  stay?: Stay;
}

/** How many such calls EC2 answers in a second, all that an account makes together. */
const perSecond = 20;

/** How many looks all functions of a stage together make in one's pause: others call EC2, too. */
const together = 4;

/**
 * The size in GiB, as EC2 has it: the volume's. Stays and asks, the less often the more snapshots
 * of the stage are pending. Throws SnapshotPending, SnapshotFailed, NotFound.
 */
export const awaitSnapshot = async (aws: Completions, snapshotId: SnapshotId): Promise<number> => {
  const { stay = usualStay } = aws;
  let pause = 0;
  const first = async (): Promise<number> => {
    const pending = await pendingOf(aws);
    const listed = pending.find((one) => one.SnapshotId === snapshotId);
    const snapshot = listed ?? (await existing(aws, snapshotId));
    const shared = (pending.length * stay.pause) / together;
    if (isYoung(snapshot, stay)) pause = Math.max(stay.pause, shared);
    else pause = pending.length > perSecond ? shared : 0;
    return sizeOf(snapshotId, snapshot);
  };
  return staying(
    stay,
    (count) => (count === 0 ? first() : again(aws, snapshotId)),
    (error) => {
      if (!(error instanceof SnapshotPending)) throw error;
      if (isThrottle(error.cause)) pause *= 2;
      return pause;
    },
  );
};

const isYoung = ({ StartTime }: Snapshot, { young }: Stay): boolean =>
  StartTime !== undefined && Date.now() - StartTime.getTime() < young;

/**
 * Snapshots of the stage that are pending: how many is all that matters, and of one page, as EC2
 * makes pages of all that an account has and filters afterwards, so that all pages of them were
 * many calls.
 */
const pendingOf = async ({ ec2, stage }: Completions): Promise<Snapshot[]> => {
  const pending = { Name: "status", Values: ["pending"] };
  const ask = new DescribeSnapshotsCommand({
    ...{ OwnerIds: ["self"], MaxResults: 1000 },
    Filters: [...filters(stage, { role: "snapshot" }), pending],
  });
  return (await ec2.send(ask)).Snapshots ?? [];
};

const again = async (aws: Completions, snapshotId: SnapshotId): Promise<number> => {
  try {
    return sizeOf(snapshotId, await existing(aws, snapshotId));
  } catch (error) {
    if (!isThrottle(error)) throw error;
    throw new SnapshotPending(`the snapshot ${snapshotId} was pending when EC2 last told of it`, {
      cause: error,
    });
  }
};

const existing = async (aws: Completions, snapshotId: SnapshotId): Promise<Snapshot> => {
  const snapshot = await lookAgain(() => find(aws, snapshotId), aws.pauses);
  if (snapshot === undefined) throw new NotFound(`there is no snapshot ${snapshotId}`);
  return snapshot;
};

const find = async (
  { ec2 }: Completions,
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
