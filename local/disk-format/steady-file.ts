import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { isMissing } from "../missing.ts";
import { UnusableDisk } from "../../core/errors.ts";

/** A file that is read more than once, and must be the same every time. */
export interface SteadyFile extends AsyncDisposable {
  path: string;
  /** Bytes. */
  size: number;
  /** Bytes that it takes on its own disk: a file with holes takes less than its size. */
  allocated: number;
  handle: FileHandle;
  /** At most that many bytes from there; fewer at the end of the file. */
  read(position: number, length: number): Promise<Buffer>;
  /** Throws UnusableDisk when it is no longer what was opened. */
  assertUnchanged(): Promise<void>;
}

/** Opens a regular file that has content. Throws UnusableDisk. */
export const openSteady = async (path: string): Promise<SteadyFile> => {
  const handle = await opened(path);
  try {
    const first = await handle.stat({ bigint: true });
    if (!first.isFile()) throw new UnusableDisk(`${path} is ${kindOf(first)}: name a disk's file`);
    if (first.size === 0n) throw new UnusableDisk(`${path} is empty: fetch or copy it again`);
    return {
      path,
      size: Number(first.size),
      allocated: Number(first.blocks) * 512, // stat(2) counts blocks of 512 bytes, on any disk
      handle,
      async read(position, length) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), { position });
        return buffer.subarray(0, bytesRead);
      },
      async assertUnchanged() {
        const there = await stat(path, { bigint: true }).catch(() => undefined);
        // no program can set the time of the last change, so whatever was written shows in it
        const same = (["dev", "ino", "size", "ctimeNs"] as const).every(
          (field) => there?.[field] === first[field],
        );
        if (same) return;
        throw new UnusableDisk(
          `${path} changed while it was read: try again when nobody writes it`,
        );
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
};

const opened = async (path: string): Promise<FileHandle> => {
  try {
    // non-blocking, since opening a fifo that nobody writes to would wait for ever
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) throw new UnusableDisk(`${path}: there is no such file`);
    const why = error instanceof Error ? error.message : String(error);
    throw new UnusableDisk(`${path} cannot be read: ${why}`, { cause: error });
  }
};

const kindOf = (there: {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isBlockDevice(): boolean;
}): string => {
  if (there.isDirectory()) return "a folder";
  if (there.isFIFO()) return "a fifo";
  return there.isBlockDevice() ? "a device" : "no regular file";
};
