import type { BakeId } from "../../core/ids.ts";
import type { Builders } from "../../core/ports.ts";
import { type Machines, terminate } from "../machine/instances.ts";
import { openNote } from "../machine/note.ts";
import { isLagging } from "../machine/refusals.ts";
import type { Bucket } from "../objects.ts";
import { releaseBuilders } from "./release.ts";

/**
 * Ends the builder in the bake's course, by what the bake noted: its disk goes with it, and nothing
 * is looked for, as EC2 has few looks for all bakes. Where more than one was begun, or it is not
 * there any more, as releaseBuilders.
 */
export const earlyRelease = (aws: Machines & Bucket): Pick<Builders, "release"> => ({
  release: async (bake) => (await endNoted(aws, bake)) ?? releaseBuilders(aws, bake),
});

const endNoted = async (aws: Machines & Bucket, bake: BakeId): Promise<number | undefined> => {
  const { launches, machine, volumeId } = (await openNote(aws, bake, "builder")).now;
  if (launches !== 1 || machine === undefined || volumeId === undefined) return undefined;
  try {
    return await terminate(aws, [machine]);
  } catch (error) {
    if (isLagging(error)) return undefined;
    throw error;
  }
};
