import * as z from "zod";

/** A command for `/bin/sh -e`, run as root on the builder. */
export const HostCommand = z.strictObject({
  name: z.string(),
  command: z.string(),
  /** Seconds. */
  timeout: z.int().positive(),
});
export type HostCommand = z.infer<typeof HostCommand>;

/** What is mounted in the image while steps run; `path` is in the image. */
export const HostMount = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("bind"),
    path: z.string(),
    /** A folder of the builder. */
    source: z.string(),
    writable: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("tmpfs"),
    path: z.string(),
    /** MiB. */
    size: z.int().positive(),
  }),
]);
export type HostMount = z.infer<typeof HostMount>;

/** A file of the builder, and where it is in the image while steps run. */
export const HostFile = z.strictObject({ from: z.string(), to: z.string() });
export type HostFile = z.infer<typeof HostFile>;

/** What a bake does to its builder beyond the working disk: only what its operator allowed. */
export const HostAccess = z.strictObject({
  copyFiles: z.array(HostFile),
  mounts: z.array(HostMount),
  beforeMount: z.array(HostCommand),
  afterMount: z.array(HostCommand),
});
export type HostAccess = z.infer<typeof HostAccess>;
