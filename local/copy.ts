import { execFile } from "node:child_process";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Copies a disk: by reference where the file system can, else without its holes. Root's alone. */
export const copySparse = async (from: string, to: string, signal: AbortSignal): Promise<void> => {
  await run("cp", ["--reflink=auto", "--sparse=auto", "--", from, to], { signal });
};

/**
 * The same into a file that is there, and will be attached as a device: it is written while it is
 * copied. Linux 6.18 writes all of a file before it attaches it (LOOP_CONFIGURE), which takes as
 * long again as to copy it, and of two at once the second waits for both; to be published it has
 * to be written anyway.
 */
export const copyWritten = async (from: string, to: string, signal: AbortSignal): Promise<void> => {
  await using file = await open(to, "r");
  const over = new AbortController();
  const writing = writeMeanwhile(file, over.signal);
  try {
    await copySparse(from, to, signal);
  } finally {
    over.abort();
    await writing;
  }
};

/** Milliseconds between two times that what is there is written. */
const pause = 20;

const writeMeanwhile = async (file: FileHandle, over: AbortSignal): Promise<void> => {
  while (!over.aborted) {
    await sleep(pause);
    await file.datasync().catch(() => undefined); // who needs it written hears of it
  }
};
