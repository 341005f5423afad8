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

/** Takes the inventory of a finished disk, and changes nothing on it. */
export const ReadJob = z.strictObject({
  kind: z.literal("read"),
  /** An image file, or a block device. */
  disk: z.string(),
  /** Where the inventory is written: core/inventory/document.ts. */
  inventory: z.string(),
});
export type ReadJob = z.infer<typeof ReadJob>;

/** What an agent may be told to do. */
export const AgentJob = z.discriminatedUnion("kind", [BakeJob, TestJob, ShellJob, ReadJob]);
export type AgentJob = z.infer<typeof AgentJob>;
