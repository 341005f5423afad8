import type { Stats } from "node:fs";
import type { FileEntry } from "../../core/inventory.ts";
import type { FileContent } from "./content.ts";
import type { Algorithm } from "./shipped.ts";

/**
 * A regular file whose content was read before: while the steps ran, or in the parent. Whatever
 * changes the content, a write to mapped memory too, gives the inode a new time of change, and
 * nothing in the sandbox sets that: neither utimes(2), nor the clock, nor a device of the disk,
 * nor the one ioctl(2) that exchanges contents silently (see seccomp/rules.ts).
 */
export interface KnownFile extends FileContent {
  name: string;
  device: number;
  inode: number;
  /** Bytes. */
  size: number;
  /** When the inode last changed, in milliseconds since 1970. */
  changed: number;
  /** Its extended attributes, whose change is one of the inode too; absent where nobody looked. */
  attributes?: Attributes;
}

export type Attributes = Pick<FileEntry, "capabilities" | "xattrs">;

/** By folder, a `latin1` path from the image's root; what is in it, by name. */
export type KnownFiles = ReadonlyMap<string, readonly KnownFile[]>;

/**
 * Milliseconds by which a file must be older than the reading: the kernel's clock for files ticks
 * every ten, and a clock that is being set may go back a little.
 */
const margin = 1000;

/** Whether a change after `began`, in milliseconds since 1970, must show in the file's own time. */
export const isSettled = ({ ctimeMs }: Stats, began: number): boolean => ctimeMs < began - margin;

/** Whether a file was read for what is asked for now. */
export const answers = ({ asked }: KnownFile, algorithm: Algorithm | undefined): boolean =>
  algorithm === undefined || asked?.startsWith(`${algorithm}:`) === true;

/** Whether a file is still as it was when it was read. */
export const isStill = (known: KnownFile, { dev, ino, size, ctimeMs }: Stats): boolean =>
  known.inode === ino && known.changed === ctimeMs && known.size === size && known.device === dev;
