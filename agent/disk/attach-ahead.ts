import { CorruptDisk, UnsupportedDisk } from "../../core/errors.ts";
import { run } from "../run.ts";
import { openDevices } from "./devices.ts";
import { roomOf } from "./growth.ts";
import { readTable } from "./read-table.ts";
import { sizeOfDisk } from "./size-of-disk.ts";
import type { PartitionTable } from "./table.ts";
import { partitionTypes, placesOf } from "./volume.ts";

export interface AheadOrder {
  /** The disk that will be copied. */
  source: string;
  /** The file that it will be copied to: empty, of this many bytes. */
  disk: string;
  size: number;
}

/** The volumes of a disk that is still to be copied, attached until the scope ends. */
export interface AttachedAhead extends AsyncDisposable {
  /** To be called once it is copied: what was read of the devices before is forgotten. */
  copied(): Promise<void>;
}

/**
 * Attaches the volumes of a disk before there is anything in it, each as openDisk will, which then
 * finds them attached. Linux 6.18 writes all of a file before it attaches it, which of
 * a disk that was just copied takes as long as to copy it; so it is written while the bake goes on.
 * A disk whose table is refused has none: openDisk says why.
 */
export const attachAhead = async ({ source, disk, size }: AheadOrder): Promise<AttachedAhead> => {
  await using stack = new AsyncDisposableStack();
  const table = await tableOf(source);
  const paths: string[] = [];
  if (table !== undefined) {
    const devices = stack.use(
      openDevices(disk, (volume) => roomOf({ table, size, mustGrow: false }, volume)),
    );
    for (const volume of placesOf(table, size)) {
      if (volume.partition?.type !== partitionTypes.biosBoot) paths.push(await devices.of(volume));
    }
  }
  const owned = stack.move();
  return {
    async copied() {
      // whoever watches for new devices has looked at these while they were empty
      if (paths.length > 0) await run(["blockdev", "--flushbufs", ...paths]);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

const tableOf = async (source: string): Promise<PartitionTable | undefined> => {
  try {
    return await readTable(source, await sizeOfDisk(source));
  } catch (error) {
    if (error instanceof UnsupportedDisk || error instanceof CorruptDisk) return undefined;
    throw error;
  }
};
