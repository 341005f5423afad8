import { attachLoop } from "../loop.ts";
import type { Volume } from "./volume.ts";

/** The volumes of a disk as block devices. */
export interface Devices extends AsyncDisposable {
  of(volume: Volume): Promise<string>;
}

/**
 * Volumes are attached when first asked for, once, and let go of at the end: a second device of one
 * place would not see what the first has not written yet. `sizeOf` says how large a volume is to
 * be: one that will grow is attached with the room that it will have. None is made read-only while
 * it is only looked at: a loop device would stay so for whoever has it next.
 */
export const openDevices = (disk: string, sizeOf: (volume: Volume) => number): Devices => {
  const stack = new AsyncDisposableStack();
  const attached = new Map<Volume, string>();
  return {
    async of(volume) {
      if (volume.mapper !== undefined) return volume.mapper.node;
      const known = attached.get(volume);
      if (known !== undefined) return known;
      const { start } = volume;
      const { path } = stack.use(await attachLoop(disk, { start, size: sizeOf(volume) }));
      attached.set(volume, path);
      return path;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};
