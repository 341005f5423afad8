import * as z from "zod";
import { Finding, Scanner, Unscanned } from "./finding.ts";

/** The name of a scan among its bake's artifacts, and beside an image's disk. */
export const scanFile = "scan.json";

/** A search for vulnerabilities as it is kept: what the second statement of an image is made of. */
export const KeptScan = z.strictObject({
  format: z.literal(1),
  scanner: Scanner,
  /** ISO 8601, both. */
  startedOn: z.iso.datetime(),
  finishedOn: z.iso.datetime(),
  /** ISO 8601: of what was known, the newest; absent when who was asked does not say. */
  newest: z.string().optional(),
  /** By the id, then the package. */
  findings: z.array(Finding),
  /** Packages in which nobody looked. */
  unscanned: z.array(Unscanned),
});
export type KeptScan = z.infer<typeof KeptScan>;

/** The same scan has the same text. */
export const scanText = (scan: KeptScan): string => `${JSON.stringify(scan, null, 1)}\n`;
