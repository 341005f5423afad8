import { CreateSnapshot } from "../core/contract.ts";
import type { Artifacts, Snapshots } from "../core/ports.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

/** Begins a snapshot of the working disk. A retry finds the bake's own. */
export const createSnapshot = (snapshots: Snapshots, artifacts: Artifacts) =>
  task(CreateSnapshot, async ({ bake, volumeId }) => {
    const { tags, attributes } = await storedRecipe(artifacts, bake);
    const all = { ...tags, ...attributes.snapshotTags };
    return { snapshotId: await snapshots.create(bake, volumeId, all) };
  });
