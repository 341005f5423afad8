import { ReleaseBake } from "../core/contract.ts";
import type { Builders, Images, Snapshots, TestMachines } from "../core/ports.ts";
import { task } from "../core/task.ts";

export interface Releases {
  builders: Pick<Builders, "release">;
  testMachines: Pick<TestMachines, "release">;
  images: Pick<Images, "release">;
  snapshots: Pick<Snapshots, "release">;
}

/**
 * Gives back all that a bake made and did not publish, from its id alone. Images go before
 * snapshots, because a snapshot that backs an image cannot be deleted.
 */
export const releaseBake = (held: Releases) =>
  task(ReleaseBake, async ({ bake }) => ({
    builders: await held.builders.release(bake),
    testMachines: await held.testMachines.release(bake),
    images: await held.images.release(bake),
    snapshots: await held.snapshots.release(bake),
  }));
