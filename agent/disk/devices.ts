import { attachLoop } from "../loop.ts";
import { run } from "../run.ts";
import type { Volume } from "./volume.ts";

/** The volumes of a disk as block devices, which cannot be written to until it is allowed. */
export interface Devices extends AsyncDisposable {
  of(volume: Volume): Promise<string>;
  /** Lets one be written to. */
  open(volume: Volume): Promise<string>;
}

/**
 * Volumes are attached when first asked for, once, and let go of at the end: a second device of one
 * place would see what the first has not written yet. `sizeOf` says how large a volume is to be:
 * one that will grow is attached with the room that it will have.
 */
export const openDevices = (disk: string, sizeOf: (volume: Volume) => number): Devices => {
  const stack = new AsyncDisposableStack();
  const attached = new Map<Volume, string>();
  const writable = new Set<Volume>();
  const attach = async (volume: Volume): Promise<string> => {
    if (volume.mapper !== undefined) return volume.mapper.node;
    const { start } = volume;
    return stack.use(await attachLoop(disk, { start, size: sizeOf(volume) })).path;
  };
  const of = async (volume: Volume): Promise<string> => {
    const known = attached.get(volume);
    if (known !== undefined) return known;
    const path = await attach(volume);
    await run(["blockdev", "--setro", path]);
    attached.set(volume, path);
    return path;
  };
  return {
    of,
    async open(volume) {
      const path = await of(volume);
      if (!writable.has(volume)) await run(["blockdev", "--setrw", path]);
      writable.add(volume);
      return path;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};
