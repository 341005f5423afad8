import * as z from "zod";

/** Bytes of the disk that belong to no file system and that a boot may read. */
export const DiskRegion = z.strictObject({
  /** `boot-sector`, `gap` between it and the first partition, `bios-boot`, `esp`, … */
  name: z.string(),
  /** Bytes from the disk's beginning. */
  offset: z.int().nonnegative(),
  size: z.int().positive(),
  /** Bytes of it that are digested: those behind them, up to its end, are zeros. */
  digested: z.int().nonnegative(),
  /** Of the digested bytes, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type DiskRegion = z.infer<typeof DiskRegion>;
