import * as z from "zod";
import { BakeJob, TestJob } from "./job.ts";

/** Runs a program on the disk of a bake that failed, in the place that its steps had. */
export const ShellJob = z.strictObject({
  kind: z.literal("shell"),
  /** The job of the bake that failed. */
  of: BakeJob,
  /** A program and its arguments; the image's own shell when empty. */
  command: z.array(z.string()),
  /** `TERM` of the terminal that it is on; absent, when it is on none. */
  terminal: z.string().optional(),
});
export type ShellJob = z.infer<typeof ShellJob>;

/** What an agent may be told to do. */
export const AgentJob = z.discriminatedUnion("kind", [BakeJob, TestJob, ShellJob]);
export type AgentJob = z.infer<typeof AgentJob>;
