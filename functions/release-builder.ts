import { ReleaseBuilder } from "../core/contract.ts";
import type { Builders } from "../core/ports.ts";
import { task } from "../core/task.ts";

/** Gives the builder and its working disk back as soon as the snapshot no longer needs them. */
export const releaseBuilder = (builders: Builders) =>
  task(ReleaseBuilder, async ({ bake }) => ({ builders: await builders.release(bake) }));
