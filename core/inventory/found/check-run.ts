import * as z from "zod";

/** How a check of the policy's own ended, in the finished image. */
export const CheckRun = z.strictObject({
  /** The check's, as the policy has it. */
  name: z.string(),
  /** What was run: of another command nothing is known. */
  command: z.string(),
  /** Absent when it did not end in time, or could not be run. */
  status: z.int().optional(),
  /** The last of what it printed; or why it did not end. */
  output: z.array(z.string()),
});
export type CheckRun = z.infer<typeof CheckRun>;
