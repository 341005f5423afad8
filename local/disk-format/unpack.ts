import * as z from "zod";
import { CommandFailed, UnusableDisk } from "../../core/errors.ts";
import { runChild } from "../child.ts";
import type { DiskFormat } from "./format.ts";
import { qemuImg, source as sourceWords, target } from "./qemu-img.ts";
import { assertSpace } from "../../assets/space.ts";
import type { SteadyFile } from "./steady-file.ts";

type Packed = Exclude<DiskFormat, "raw">;

interface Unpacking {
  source: SteadyFile;
  /** A file that is there, and is overwritten. */
  to: string;
  signal: AbortSignal;
}

const Info = z.object({
  "virtual-size": z.number(),
  "backing-filename": z.never().optional(),
  "format-specific": z
    .object({ data: z.object({ "data-file": z.never().optional() }).optional() })
    .optional(),
});

/** The size of the disk in a file of that format, in bytes. Throws UnusableDisk. */
export const virtualSize = async (
  { path }: SteadyFile,
  format: Packed,
  signal: AbortSignal,
): Promise<number> => {
  const words = ["info", "--output=json", ...sourceWords(format)];
  const lines = await qemuImg({ reads: path, words, signal }).catch(damaged(path, format));
  const info = Info.safeParse(JSON.parse(lines.join("\n")));
  if (!info.success) throw new UnusableDisk(`${path} is not all in its file: name one that is`);
  return info.data["virtual-size"];
};

/** Copies a raw disk: by reference where the file system can, else without its holes. */
export const unpackRaw = async ({ source, to, signal }: Unpacking): Promise<void> => {
  const copy = async (...words: string[]) =>
    runChild({ argv: ["cp", ...words, "--", source.path, to], signal, onLine: () => undefined });
  const cloned = await copy("--reflink=always");
  if (cloned.status === 0) return;
  signal.throwIfAborted();
  await assertSpace(to, source.allocated);
  const { status, complaint } = await copy("--reflink=never", "--sparse=always");
  signal.throwIfAborted();
  if (status !== 0) throw new CommandFailed(`${source.path} could not be copied\n${complaint}`);
};

/** Converts a disk of another format, after making sure that it is whole and fits. */
export const unpackOther = async (
  order: Unpacking & { format: Packed; bytes: number },
): Promise<void> => {
  const { source, format, bytes, to, signal } = order;
  const reads = source.path;
  const words = sourceWords(format);
  const onDamage = damaged(reads, format);
  if (format !== "vhd") {
    // 3: space that nobody uses is taken, which hurts no reader; there is no such check of VHDs
    const call = { reads, words: ["check", ...words], accepts: [3], signal };
    await qemuImg(call).catch(onDamage);
  }
  await assertSpace(to, await usedBytes(order));
  await qemuImg({
    reads,
    writes: { path: to, limit: bytes },
    words: ["convert", "-O", "raw", ...words, target],
    signal,
  }).catch(onDamage);
};

/** How much of the disk is anything but holes. */
const usedBytes = async ({ source, format, signal }: Unpacking & { format: Packed }) => {
  let used = 0;
  await qemuImg({
    reads: source.path,
    words: ["map", "--output=json", ...sourceWords(format)],
    signal,
    onLine: (line) => {
      const extent = /"length": ([0-9]+).*"data": true/.exec(line);
      used += Number(extent?.[1] ?? 0);
    },
  });
  return used;
};

/** What QEMU cannot read is the file's fault; that there was no space for the result is not. */
const damaged = (path: string, format: Packed) => (error: unknown) => {
  if (
    !(error instanceof CommandFailed) ||
    /No space left|error while writing|File too large/.test(error.message)
  ) {
    throw error;
  }
  if (/Failed to get .*lock/.test(error.message)) {
    throw new UnusableDisk(`${path} is in use: stop the machine that runs on it, or copy it`, {
      cause: error,
    });
  }
  throw new UnusableDisk(
    `${path} is damaged or cut off, or no ${format} that QEMU reads: fetch or copy it again\n${error.message}`,
    { cause: error },
  );
};
