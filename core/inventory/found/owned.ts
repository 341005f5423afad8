import * as z from "zod";

/** A file that is not as its package shipped it. */
export const DifferingFile = z.strictObject({
  path: z.string(),
  /** The package's name. */
  package: z.string(),
  /** What differs from what was shipped. */
  differs: z.array(z.enum(["content", "missing", "mode", "owner", "type", "capability"])).min(1),
  /** Whether the package calls it configuration: it is there to be changed. */
  configuration: z.boolean(),
});
export type DifferingFile = z.infer<typeof DifferingFile>;

/** Whose a file is, as far as it is not as it should be; both by path. */
export const Owned = z.strictObject({
  /** Files, links and devices that belong to no package; folders are not listed. */
  unowned: z.array(z.string()),
  differing: z.array(DifferingFile),
});
export type Owned = z.infer<typeof Owned>;
