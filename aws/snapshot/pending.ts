import { DescribeSnapshotsCommand, type EC2Client } from "@aws-sdk/client-ec2";
import * as z from "zod";
import { SnapshotId } from "../../core/ids.ts";
import type { Bucket } from "../objects.ts";
import { sharedLook } from "../shared-look.ts";
import type { Stage } from "../stage.ts";
import { filters } from "../tags.ts";

export interface PendingWorld extends Bucket {
  ec2: EC2Client;
  stage: Bucket["stage"] & Pick<Stage, "name">;
}

/** A snapshot that is pending, and when it was begun: milliseconds since the epoch. */
const Pending = z.array(z.strictObject({ id: SnapshotId, begun: z.number() }));
export type Pending = z.infer<typeof Pending>;

/**
 * The snapshots of the stage's bakes that are pending, as somebody saw them at most that many
 * milliseconds ago, and `late` while another one looks: one look for all bakes that wait. What was
 * begun since is not among them, nor what has ended.
 */
export const pendingSnapshots = async (
  aws: PendingWorld,
  fresh: number,
  late?: number,
): Promise<Pending> => {
  const order = { name: "snapshots", schema: Pending, fresh, late, ask: () => lookAtPending(aws) };
  return (await sharedLook(aws, order)).sight;
};

/** Of one page: EC2 makes pages of all that an account has, and filters afterwards. */
export const lookAtPending = async ({
  ec2,
  stage,
}: Pick<PendingWorld, "ec2"> & { stage: Pick<Stage, "name"> }): Promise<Pending> => {
  const pending = { Name: "status", Values: ["pending"] };
  const ask = new DescribeSnapshotsCommand({
    ...{ OwnerIds: ["self"], MaxResults: 1000 },
    Filters: [...filters(stage, { role: "snapshot" }), pending],
  });
  const { Snapshots = [] } = await ec2.send(ask);
  return Snapshots.map(({ SnapshotId: id, StartTime }) => ({
    ...{ id: SnapshotId.parse(id), begun: StartTime?.getTime() ?? 0 },
  }));
};
