import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { openSteady, type SteadyFile } from "./steady-file.ts";

/** SHA-256 of a file as it is, as `sha256:` and 64 hexadecimal digits. Throws UnusableDisk. */
export const digestOf = async (path: string, signal: AbortSignal): Promise<string> => {
  await using file = await openSteady(path);
  const digest = await digestOfSteady(file, signal);
  await file.assertUnchanged();
  return digest;
};

/** The same of a file that is open; who opened it looks whether it changed. */
export const digestOfSteady = async (file: SteadyFile, signal: AbortSignal): Promise<string> => {
  const hash = createHash("sha256");
  const content = file.handle.createReadStream({
    start: 0,
    autoClose: false,
    highWaterMark: 2 ** 20, // a sixteenth of the turns of the event loop that 64 KiB take
  });
  await pipeline(content, hash, { signal, end: false });
  return `sha256:${hash.digest("hex")}`;
};
