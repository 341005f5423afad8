import { inside } from "../inside.ts";
import { attempt } from "../run.ts";
import type { BootMount } from "../boot/mounts.ts";

/**
 * Makes the file systems of a disk read-only, until the scope ends: all that was written is on the
 * disk then, and it does not change while it is copied. Undefined when something that a step left
 * running has a file open to write. Freezing would do that too, but a file system that is frozen
 * when its agent is killed keeps its loop device for ever.
 */
export const stillDisk = async (
  root: string,
  mounts: readonly BootMount[],
): Promise<AsyncDisposable | undefined> => {
  await using undo = new AsyncDisposableStack();
  for (const { path } of mounts.toReversed()) {
    const folder = path === "/" ? root : await inside(root, path);
    if (!(await remounted(folder, "ro"))) return undefined;
    undo.defer(async () => {
      await remounted(folder, "rw");
    });
  }
  const still = undo.move();
  return { [Symbol.asyncDispose]: () => still.disposeAsync() };
};

const remounted = async (folder: string, how: "ro" | "rw"): Promise<boolean> =>
  (await attempt(["mount", "-o", `remount,${how}`, "--", folder])).status === 0;
