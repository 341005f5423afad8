import { open } from "node:fs/promises";
import { run } from "./run.ts";

/** A part of a disk as a block device. */
export interface LoopDevice extends AsyncDisposable {
  path: string;
}

/**
 * Attaches a part of a disk image as a loop device that goes when nobody uses it any more: kernels
 * without partition nodes need no others, and a kill leaves none. Detaching a device that is open
 * marks it to be let go of at its last close; from then on our descriptor, and later the mount,
 * hold it. Between the two calls a kill leaves it attached; the sweep looks for those.
 */
export const attachLoop = async (
  disk: string,
  { start, size }: { start: number; size: number },
): Promise<LoopDevice> => {
  const [path = ""] = await run([
    ...["losetup", "--find", "--show", "--nooverlap"],
    ...["--offset", String(start), "--sizelimit", String(size), disk],
  ]);
  const holder = await open(path, "r");
  await run(["losetup", "--detach", path]);
  return { path, [Symbol.asyncDispose]: () => holder.close() };
};
