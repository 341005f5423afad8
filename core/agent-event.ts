import * as z from "zod";

const at = z.number();

/**
 * One JSON line of the agent's standard output, and of the test machine's. `at` is milliseconds
 * since the epoch, `seconds` a duration.
 */
export const AgentEvent = z.discriminatedUnion("event", [
  z.strictObject({ event: z.literal("step-started"), at, step: z.string() }),
  z.strictObject({ event: z.literal("step-output"), at, step: z.string(), text: z.string() }),
  z.strictObject({
    event: z.literal("step-finished"),
    at,
    step: z.string(),
    status: z.enum(["succeeded", "failed", "skipped"]),
    seconds: z.number(),
    /** Why it was skipped. */
    reason: z.string().optional(),
  }),
]);
export type AgentEvent = z.infer<typeof AgentEvent>;
