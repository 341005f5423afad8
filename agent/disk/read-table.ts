import { open } from "node:fs/promises";
import { CorruptDisk, UnsupportedDisk } from "../../core/errors.ts";
import { sector } from "../layout.ts";
import { ask, type Ask, lastLines } from "./ask.ts";
import {
  hasLostGpt,
  largeSectors,
  noTable,
  type PartitionTable,
  SfdiskTable,
  tableOf,
} from "./table.ts";

/** Reads a disk's partition table; `size` is the disk's, in bytes. Throws UnsupportedDisk, CorruptDisk. */
export const readTable = async (
  disk: string,
  size: number,
  asked: Ask = ask,
): Promise<PartitionTable> => {
  const { status, stdout, stderr } = await asked(["sfdisk", "--json", disk]);
  if (status !== 0) {
    if (stderr.includes("does not contain a recognized partition table")) return noTable;
    const why = lastLines(stderr).join("\n");
    throw new CorruptDisk(`the disk's partition table cannot be read:\n${why}`);
  }
  const table = parse(stdout);
  if (hasLostGpt(table)) await refuseLostGpt(disk);
  return tableOf(table, size);
};

const parse = (text: string): SfdiskTable => {
  try {
    return SfdiskTable.parse(JSON.parse(text));
  } catch (error) {
    throw new CorruptDisk("the disk's partition table has names that cannot be read", {
      cause: error,
    });
  }
};

/** Bytes of a sector of disks that have not 512. */
const largeSector = 4096;

/** A GPT lies in the second sector, wherever that is. */
const refuseLostGpt = async (disk: string): Promise<never> => {
  await using file = await open(disk, "r");
  const signature = async (place: number) =>
    (await file.read(Buffer.alloc(8), 0, 8, place)).buffer.toString("latin1");
  if ((await signature(sector)) !== "EFI PART" && (await signature(largeSector)) === "EFI PART") {
    throw new UnsupportedDisk(largeSectors(largeSector));
  }
  throw new CorruptDisk(
    "the disk's MBR says that it has a GPT, but that is damaged, or the disk was cut short; " +
      "the whole disk as it was made would be right",
  );
};
