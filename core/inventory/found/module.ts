import * as z from "zod";

/** A kernel module that was not built with its kernel. */
export const ForeignModule = z.strictObject({
  path: z.string(),
  kernel: z.string(),
  /** Of its signature; absent when it has none. */
  signer: z.string().optional(),
  package: z.string().optional(),
});
export type ForeignModule = z.infer<typeof ForeignModule>;
