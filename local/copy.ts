import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Copies a disk: by reference where the file system can, else without its holes. Root's alone. */
export const copySparse = async (from: string, to: string, signal: AbortSignal): Promise<void> => {
  await run("cp", ["--reflink=auto", "--sparse=auto", "--", from, to], { signal });
};
