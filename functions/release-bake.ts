import { ReleaseBake } from "../core/contract.ts";
import { isReleased, noteReleased, type Released } from "../core/released.ts";
import type { BakeId } from "../core/ids.ts";
import type {
  Agents,
  Artifacts,
  Builders,
  Images,
  Snapshots,
  TestMachines,
} from "../core/ports.ts";
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

/** What a bake's own tasks give back while it runs, or publish, and note. */
const early: Partial<Record<(typeof kinds)[number], Released>> = {
  ...{ builders: "builders", testMachines: "testMachines" },
  ...{ images: "candidate", snapshots: "candidate" },
};

/**
 * Gives back all that a bake made and did not publish, from its id alone. What cannot be released
 * keeps nothing else from being so; the first such error is thrown in the end. With `artifacts`,
 * what is noted there as given back is not looked for, and in the end all of it is noted.
 */
export const releaseBake = (held: Releases, artifacts?: Pick<Artifacts, "read" | "write">) =>
  task(ReleaseBake, async ({ bake }) => {
    const done = artifacts === undefined ? new Set() : await notedAsReleased(artifacts, bake);
    const released = { agents: 0, builders: 0, testMachines: 0, images: 0, snapshots: 0 };
    const failures: unknown[] = [];
    for (const kind of kinds) {
      try {
        if (!done.has(early[kind])) released[kind] = await held[kind].release(bake);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    if (artifacts !== undefined) await noteReleased(artifacts, bake, "bake");
    return released;
  });

/** A note that cannot be read now says nothing: what it is of is looked for. */
const notedAsReleased = async (
  artifacts: Pick<Artifacts, "read">,
  bake: BakeId,
): Promise<ReadonlySet<Released | undefined>> => {
  const all = [...new Set(Object.values(early))];
  const answers = await Promise.allSettled(all.map((what) => isReleased(artifacts, bake, what)));
  return new Set(all.filter((_, at) => answers[at]?.status === "fulfilled" && answers[at].value));
};
