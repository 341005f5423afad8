import { type EC2Client, paginateDescribeSnapshots } from "@aws-sdk/client-ec2";
import * as z from "zod";
import { SnapshotId } from "../core/ids.ts";
import type { Bucket } from "./objects.ts";
import { type Look, sharedLook } from "./shared-look.ts";
import type { Stage } from "./stage.ts";
import { filters } from "./tags.ts";

export interface PendingWorld extends Bucket {
  ec2: EC2Client;
  stage: Bucket["stage"] & Pick<Stage, "name">;
}

/** Milliseconds for which a look at them is as good as a new one. */
const fresh = 1000;

/**
 * The snapshots of the stage's bakes that are pending, as somebody saw them a moment ago: one look
 * for all bakes that wait. What was begun since is not among them, nor what has ended.
 */
export const pendingSnapshots = (aws: PendingWorld): Promise<Look<SnapshotId[]>> =>
  sharedLook(aws, { name: "snapshots", schema: z.array(SnapshotId), fresh, ask: () => look(aws) });

const look = async ({ ec2, stage }: PendingWorld): Promise<SnapshotId[]> => {
  const pending = { Name: "status", Values: ["pending"] };
  const Filters = [...filters(stage, { role: "snapshot" }), pending];
  const found: SnapshotId[] = [];
  const pages = paginateDescribeSnapshots(
    { client: ec2, pageSize: 1000 },
    { OwnerIds: ["self"], Filters },
  );
  for await (const { Snapshots = [] } of pages) {
    found.push(...Snapshots.map(({ SnapshotId: id }) => SnapshotId.parse(id)));
  }
  return found;
};
