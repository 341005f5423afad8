import { AwaitSnapshot } from "../core/contract.ts";
import type { Snapshots } from "../core/ports.ts";
import { task } from "../core/task.ts";

/** SnapshotPending until the snapshot is complete. */
export const awaitSnapshot = (snapshots: Pick<Snapshots, "completed">) =>
  task(AwaitSnapshot, async ({ snapshotId }) => ({ size: await snapshots.completed(snapshotId) }));
