import * as z from "zod";
import { BakeId } from "../../ids.ts";

/** The disk of the step cache that a bake began with. */
export const Resumed = z.strictObject({
  /** How many steps were done on it; 0 is an origin that was made from packages. */
  steps: z.int().nonnegative(),
  /** The bake that kept it. */
  bake: BakeId,
});
export type Resumed = z.infer<typeof Resumed>;
