import { probe } from "./content.ts";
import { type Devices, openDevices } from "./devices.ts";
import { type DiskSize, roomOf } from "./growth.ts";
import { activateGroup, physicalVolume, requireMapper } from "./lvm.ts";
import { readTable } from "./read-table.ts";
import { sizeOfDisk } from "./size-of-disk.ts";
import { refuseUnhandled } from "./unsupported.ts";
import { placesOf, type Volume } from "./volume.ts";

/** What is on a disk, and the way to it. */
export interface Survey extends AsyncDisposable {
  size: DiskSize;
  /** All that may be mounted: partitions, or the disk itself, and logical volumes. */
  volumes: readonly Volume[];
  devices: Devices;
}

/** Of which disk, and what `DiskSize` says of its growth. */
export type SurveyOrder = { disk: string } & Pick<DiskSize, "grownFrom" | "mustGrow">;

/** Finds out what a disk has, without writing to it. Throws UnsupportedDisk, CorruptDisk. */
export const surveyDisk = async ({ disk, mustGrow, grownFrom }: SurveyOrder): Promise<Survey> => {
  const bytes = await sizeOfDisk(disk);
  const whole = { title: "the disk", start: 0, size: bytes };
  const probed = probe(disk, whole);
  probed.catch(() => undefined); // what the table is refused for comes first
  const table = await readTable(disk, bytes);
  // a firmware's RAID has its mark at the end of the disk
  refuseUnhandled(whole, await probed);
  const places = await withContents(disk, placesOf(table, bytes));
  for (const place of places) refuseUnhandled(place, place.content);
  const size = { table, size: bytes, mustGrow, ...(grownFrom !== undefined && { grownFrom }) };
  await using stack = new AsyncDisposableStack();
  const devices = stack.use(openDevices(disk, (volume) => roomOf(size, volume)));
  const volumes = [...places];
  for (const place of places) {
    if (place.content?.type !== physicalVolume) continue;
    await requireMapper(place);
    const group = stack.use(await activateGroup(await devices.of(place), place.title));
    volumes.push(...(await withContents(disk, group.volumes)));
  }
  const owned = stack.move();
  return { size, volumes, devices, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};

const withContents = (disk: string, places: readonly Volume[]): Promise<Volume[]> =>
  Promise.all(
    places.map(async (place) => {
      const content = await probe(place.mapper?.node ?? disk, place);
      return { ...place, ...(content && { content }) };
    }),
  );
