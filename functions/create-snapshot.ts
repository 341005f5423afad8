import { CreateSnapshot } from "../core/contract.ts";
import type { Snapshots } from "../core/ports.ts";
import { task } from "../core/task.ts";

/** Begins a snapshot of the working disk. A retry finds the bake's own. */
export const createSnapshot = (snapshots: Snapshots) =>
  task(CreateSnapshot, async ({ bake, volumeId }) => ({
    snapshotId: await snapshots.create(bake, volumeId),
  }));
