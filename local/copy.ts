import { CommandFailed } from "../core/errors.ts";
import { runChild } from "./child.ts";

/**
 * Copies a disk: by reference where the file system can, else without its holes. Throws
 * CommandFailed, and what the signal was stopped for.
 */
export const copySparse = (from: string, to: string, signal: AbortSignal): Promise<void> =>
  copy(["cp", "--reflink=auto", "--sparse=auto", "--", from, to], signal);

/**
 * The same into a file that is there, empty and at least as large, and that may be attached as a
 * device: it is never cut short, as cp(1) would, upon which ext4 has it written before it is closed.
 */
export const copyInto = (from: string, to: string, signal: AbortSignal): Promise<void> => {
  const empty = ["-n", "--target-is-zero"];
  const byReference = ["-C"];
  // the source may be read by a machine that runs from it
  const raw = ["--force-share", "-f", "raw", "-O", "raw"];
  return copy(["qemu-img", "convert", ...empty, ...byReference, ...raw, "--", from, to], signal);
};

const copy = async (argv: readonly string[], signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  const { status, complaint } = await runChild({ argv, signal, onLine: () => undefined });
  signal.throwIfAborted();
  if (status !== 0) throw new CommandFailed(`${argv.join(" ")} failed:\n${complaint}`);
};
