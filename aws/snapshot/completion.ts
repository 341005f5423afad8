import { DescribeSnapshotsCommand, type EC2Client, type Snapshot } from "@aws-sdk/client-ec2";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { NotFound, SnapshotFailed, SnapshotPending } from "../../core/errors.ts";
import type { SnapshotId } from "../../core/ids.ts";
import { type Stay, usualStay } from "../../core/stay.ts";
import { lookAgain } from "../look-again.ts";
import { isThrottle } from "../machine/refusals.ts";
import { isNamed } from "../named-error.ts";
import type { Stage } from "../stage.ts";
import { staying } from "../stay.ts";
import { lookAtPending, type Pending, pendingSnapshots, type PendingWorld } from "./pending.ts";

export interface Completions {
  ec2: EC2Client;
  stage: Pick<Stage, "name">;
  pauses?: readonly number[];
  stay?: Stay;
  /** Where looks are shared with all bakes of the stage; without it each has its own. */
  shared?: PendingWorld;
}

/** How many such calls EC2 answers in a second, all that an account makes together. */
const perSecond = 20;

/** How many looks all functions of a stage together make in one's pause: others call EC2, too. */
const together = 4;

/**
 * The size in GiB, as EC2 has it: the volume's. Stays and asks; where several snapshots of the stage
 * are pending, for all together what is pending, or else the less often the more there are. Throws
 * SnapshotPending, SnapshotFailed, NotFound.
 */
export const awaitSnapshot = async (aws: Completions, snapshotId: SnapshotId): Promise<number> => {
  const { stay = usualStay } = aws;
  let pause = 0;
  let isShared = false;
  const first = async (): Promise<number> => {
    await sleep(stay.pause); // it was begun a moment ago, and EC2 may not know it yet
    const pending = await pendingOf(aws, 0, 0);
    const listed = pending.find(({ id }) => id === snapshotId);
    const snapshot = listed === undefined ? await existing(aws, snapshotId) : undefined;
    const begun = listed?.begun ?? snapshot?.StartTime?.getTime() ?? 0;
    const share = (pending.length * stay.pause) / together;
    isShared = aws.shared !== undefined && pending.length > together;
    if (Date.now() - begun < stay.young) pause = Math.max(stay.pause, isShared ? 0 : share);
    else pause = pending.length > perSecond ? share : 0;
    if (snapshot === undefined) throw notYet(snapshotId);
    return sizeOf(snapshotId, snapshot);
  };
  const next = async (): Promise<number> => {
    const pending = isShared ? await pendingOf(aws, stay.pause) : [];
    if (pending.some(({ id }) => id === snapshotId)) throw notYet(snapshotId);
    return again(aws, snapshotId);
  };
  return staying(
    stay,
    (count) => (count === 0 ? first() : next()),
    (error) => {
      if (!(error instanceof SnapshotPending)) throw error;
      if (isThrottle(error.cause)) pause *= 2;
      return pause;
    },
  );
};

const notYet = (snapshotId: SnapshotId) =>
  new SnapshotPending(`the snapshot ${snapshotId} is not complete yet`);

/** As seen at most so many milliseconds ago, or since it is asked for. */
const pendingOf = (aws: Completions, fresh: number, late?: number): Promise<Pending> =>
  aws.shared === undefined ? lookAtPending(aws) : pendingSnapshots(aws.shared, fresh, late);

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
