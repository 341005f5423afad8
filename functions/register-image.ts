import { RegisterImage } from "../core/contract.ts";
import type { Images } from "../core/ports.ts";
import { task } from "../core/task.ts";

/** Registers the snapshot as a candidate image. A retry finds the bake's own. */
export const registerImage = (images: Images) =>
  task(RegisterImage, async (spec) => ({ imageId: await images.register(spec) }));
