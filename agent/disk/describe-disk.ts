import { CorruptDisk, UnsupportedDisk } from "../../core/errors.ts";
import type { Ask } from "./ask.ts";
import { probe } from "./content.ts";
import { readTable } from "./read-table.ts";
import type { PartitionTable } from "./table.ts";
import { refuseUnhandled } from "./unsupported.ts";
import { placesOf, type Volume } from "./volume.ts";

/** What is on a disk, as far as that can be told without opening it. */
export interface DiskDescription {
  table: PartitionTable["kind"];
  places: Volume[];
  /** What a bake would refuse, a sentence each. */
  refused: string[];
}

/** Looks at a disk's partitions and at what begins in each; `size` is in bytes. */
export const describeDisk = async (
  disk: string,
  size: number,
  asked: Ask,
): Promise<DiskDescription> => {
  const refused: string[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UnsupportedDisk || error instanceof CorruptDisk)) throw error;
      refused.push(error.message);
      return undefined;
    }
  };
  const look = async (place: Volume): Promise<Volume> => {
    const content = await attempt(() => probe(disk, place, asked));
    await attempt(async () => refuseUnhandled(place, content));
    return { ...place, ...(content && { content }) };
  };
  const table = await attempt(() => readTable(disk, size, asked));
  if (table === undefined) return { table: "none", places: [], refused };
  // a firmware's RAID has its mark at the end of the disk
  if (table.partitions.length > 0) await look({ title: "the disk", start: 0, size });
  const places: Volume[] = [];
  for (const place of placesOf(table, size)) places.push(await look(place));
  return { table: table.kind, places, refused };
};
