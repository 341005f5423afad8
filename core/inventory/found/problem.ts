import * as z from "zod";

/** Something of an image that could not be read: a section of its inventory is not all there is. */
export const FoundProblem = z.strictObject({
  /** The section's name in the inventory. */
  section: z.string(),
  path: z.string(),
  /** A sentence that begins with "it". */
  reason: z.string(),
});
export type FoundProblem = z.infer<typeof FoundProblem>;
