import { UnusableDisk } from "../../core/errors.ts";

/** The largest volume of EBS (io2 Block Express): 64 TiB. */
const largest = 64 * 1024 ** 4;

/** Throws UnusableDisk when no disk has that many bytes. */
export const assertSize = (path: string, bytes: number | bigint): void => {
  if (bytes > 0 && bytes <= largest) return;
  throw new UnusableDisk(
    `${path} claims to be a disk of ${bytes} bytes: a disk has 1 byte to 64 TiB (${largest} bytes)`,
  );
};
