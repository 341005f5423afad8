import { ReleaseBake } from "../core/contract.ts";
import type { Agents, Builders, Images, Snapshots, TestMachines } from "../core/ports.ts";
import { task } from "../core/task.ts";

export interface Releases {
  agents: Pick<Agents, "release">;
  builders: Pick<Builders, "release">;
  testMachines: Pick<TestMachines, "release">;
  images: Pick<Images, "release">;
  snapshots: Pick<Snapshots, "release">;
}

/** An agent first, so that it begins nothing on a disk that goes. Images go before snapshots, because a snapshot that backs an image cannot be deleted. */
const kinds = ["agents", "builders", "testMachines", "images", "snapshots"] as const;

/**
 * Gives back all that a bake made and did not publish, from its id alone. What cannot be released
 * keeps nothing else from being so; the first such error is thrown in the end.
 */
export const releaseBake = (held: Releases) =>
  task(ReleaseBake, async ({ bake }) => {
    const released = { agents: 0, builders: 0, testMachines: 0, images: 0, snapshots: 0 };
    const failures: unknown[] = [];
    for (const kind of kinds) {
      try {
        released[kind] = await held[kind].release(bake);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return released;
  });
