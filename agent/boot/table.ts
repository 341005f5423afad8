/** A disk's partition table, as far as booting depends on it. */
export interface PartitionTable {
  label: "gpt" | "dos" | "none";
  partitions: TableEntry[];
}

export interface TableEntry {
  number: number;
  /** Bytes. */
  start: number;
  size: number;
  /** GPT: the type's UUID; dos: the type in hexadecimal digits. */
  type: string;
  /** dos: the active flag; GPT: the attribute "legacy BIOS bootable". */
  bootable?: boolean;
}
