import * as z from "zod";

/** Something of the disk that a bake began with that is not as it was when its parent was baked. */
export const ParentChange = z.strictObject({
  /** A path, or the name of a part of the disk outside of its file systems: `boot-sector`. */
  of: z.string(),
  /** In words: `content, mode (0755 → 4755)`, `added`. */
  what: z.string(),
});
export type ParentChange = z.infer<typeof ParentChange>;

/** What somebody changed of a parent's disk after it was baked: nothing, when all is well. */
export const ParentDisk = z.strictObject({
  /** The first of them: parts of the disk by their places, then files by path. */
  changes: z.array(ParentChange),
  /** How many more there are. */
  more: z.int().nonnegative(),
  /** Its disk was not read for that: nobody had written to it since it was baked. */
  unwritten: z.literal(true).optional(),
});
export type ParentDisk = z.infer<typeof ParentDisk>;
