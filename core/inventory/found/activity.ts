import * as z from "zod";

/** Something that runs on its own, once the image has booted. */
export const Activity = z.strictObject({
  kind: z.enum(["service", "timer", "socket", "path", "cron", "init"]),
  /** A unit's name, or the path of a crontab with the line's number. */
  name: z.string(),
  path: z.string(),
  /** Units: whether anything of the image's own starts it at boot. */
  enabled: z.boolean(),
  /** What is run, as it is written; absent when the unit says nothing of it. */
  runs: z.string().optional(),
  package: z.string().optional(),
});
export type Activity = z.infer<typeof Activity>;

/** A program that is known to send data to its maker, and how it is set in the image. */
export const Telemetry = z.strictObject({
  /** A short name: `popularity-contest`, `ubuntu-report`, `motd-news`, … */
  name: z.string(),
  /** What tells that it is there. */
  path: z.string(),
  /** Whether it would send: as its settings in the image say, or its default. */
  active: z.boolean(),
  /** How to turn it off: a sentence. */
  remedy: z.string(),
});
export type Telemetry = z.infer<typeof Telemetry>;
