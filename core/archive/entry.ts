/** What an archive says of one thing in it; nothing of it is believed yet. */
export interface Entry {
  /** As it is written there. */
  path: string;
  kind: EntryKind;
  /** Bytes of its content. */
  size: number;
  /** Permission bits, with setuid, setgid and sticky; undefined where the archive knows none. */
  mode?: number;
  /** Where a link leads; the path in the archive that a hard link names. */
  target?: string;
  /** To be read before the next entry is asked for, or left. */
  content(): AsyncIterable<Uint8Array>;
}

export type EntryKind =
  { is: "file" | "folder" | "link" | "hard link" } | { is: "other"; name: string };
