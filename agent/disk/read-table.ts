import { CorruptDisk } from "../../core/errors.ts";
import { ask, lastLines } from "./ask.ts";
import { noTable, type PartitionTable, SfdiskTable, tableOf } from "./table.ts";

/** Reads a disk's partition table; `size` is the disk's, in bytes. Throws UnsupportedDisk, CorruptDisk. */
export const readTable = async (disk: string, size: number): Promise<PartitionTable> => {
  const { status, stdout, stderr } = await ask(["sfdisk", "--json", disk]);
  if (status === 0) return tableOf(SfdiskTable.parse(JSON.parse(stdout)), size);
  if (stderr.includes("does not contain a recognized partition table")) return noTable;
  const why = lastLines(stderr).join("\n");
  throw new CorruptDisk(`the disk's partition table cannot be read:\n${why}`);
};
