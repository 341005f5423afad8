import * as z from "zod";
import { BakeId } from "./ids.ts";

/** What the stage's function is asked for; a schedule's event says nothing, and sweeps. */
export const SweepOrder = z.object({
  /** Whether to say what would be released, and release nothing. */
  dryRun: z.boolean().default(false),
});

/** What a sweep did to a bake, or would do. */
export const SweptBake = z.strictObject({
  bake: BakeId,
  /**
   * `overdue` bakes are stopped; their end releases them. `dead` ones are released. Of `untold`
   * ones no event told the end: it is told, and what they left released.
   */
  because: z.enum(["overdue", "dead", "untold"]),
  things: z.array(
    z.strictObject({
      kind: z.enum(["builder", "test machine", "disk", "snapshot", "image", "security group"]),
      /** As the cloud names it. */
      id: z.string(),
    }),
  ),
});
export type SweptBake = z.infer<typeof SweptBake>;

/** What the stage's function answers. */
export const SweepReport = z.strictObject({
  dryRun: z.boolean(),
  bakes: z.array(SweptBake),
  /** Copies of stock images that nothing needs: by their own ids, the ids of what they copy. */
  copies: z.record(z.string(), z.string()),
});
export type SweepReport = z.infer<typeof SweepReport>;
