import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Copies a disk: by reference where the file system can, else without its holes. Root's alone. */
export const copySparse = async (from: string, to: string, signal: AbortSignal): Promise<void> => {
  await run("cp", ["--reflink=auto", "--sparse=auto", "--", from, to], { signal });
};

/**
 * The same into a file that is there, empty and at least as large, and that may be attached as a
 * device: it is never cut short, as cp(1) would, upon which ext4 has it written before it is closed.
 */
export const copyInto = async (from: string, to: string, signal: AbortSignal): Promise<void> => {
  const empty = ["-n", "--target-is-zero"];
  const byReference = ["-C"];
  // the source may be read by a machine that runs from it
  const raw = ["--force-share", "-f", "raw", "-O", "raw"];
  await run("qemu-img", ["convert", ...empty, ...byReference, ...raw, "--", from, to], { signal });
};
