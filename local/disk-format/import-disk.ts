import { open, rm, stat } from "node:fs/promises";
import { digestOfSteady } from "./digest-of.ts";
import { UnusableDisk } from "../../core/errors.ts";
import { type DiskFormat, formatOf } from "./format.ts";
import { refuseQcow2 } from "./refuse-qcow2.ts";
import { refuseRaw } from "./refuse-raw.ts";
import { refuseVhd } from "./refuse-vhd.ts";
import { refuseVmdk } from "./refuse-vmdk.ts";
import { assertSize } from "./size.ts";
import { orFull } from "../../assets/space.ts";
import { openSteady, type SteadyFile } from "./steady-file.ts";
import { together } from "./together.ts";
import { unpackOther, unpackRaw, virtualSize } from "./unpack.ts";

export interface ImportOrder {
  /** The stock disk: .raw, .img, .qcow2, .vmdk or .vhd. */
  file: string;
  /** Where the sparse raw disk is to be; nothing may be there. */
  to: string;
  signal: AbortSignal;
}

export interface ImportedDisk {
  format: DiskFormat;
  /** The size of the disk in it. */
  bytes: number;
  /** SHA-256 of the file as it was given, as digestOf answers. */
  digest: string;
}

/**
 * Makes a raw disk of a stock disk's file, and takes the file's digest meanwhile, on another core.
 * When it fails, nothing is left at `to`. Throws UnusableDisk, NotReady when the disk that it is
 * written to is full, CommandFailed.
 */
export const importDisk = async ({ file, to, signal }: ImportOrder): Promise<ImportedDisk> => {
  await using source = await openSteady(file);
  const format = await acceptedFormat(source);
  const bytes = format === "raw" ? source.size : await virtualSize(source, format, signal);
  assertSize(file, bytes);
  const created = await open(to, "wx", 0o600);
  await created.close();
  try {
    const [digest] = await together<[string, void]>(
      signal,
      (signal) => digestOfSteady(source, signal),
      (signal) =>
        format === "raw"
          ? unpackRaw({ source, to, signal })
          : unpackOther({ source, format, bytes, to, signal }),
    );
    await source.assertUnchanged();
    await assertWhole(file, to, bytes);
    return { format, bytes, digest };
  } catch (error) {
    const why = await orFull(error, to);
    await rm(to, { force: true });
    throw why;
  }
};

/** The format of a stock disk's file. Throws UnusableDisk as importDisk would. */
export const stockFormat = async (file: string): Promise<DiskFormat> => {
  await using source = await openSteady(file);
  return await acceptedFormat(source);
};

const acceptedFormat = async (source: SteadyFile): Promise<DiskFormat> => {
  const { path, size } = source;
  const head = await source.read(0, 64 * 1024);
  const tail = await source.read(Math.max(0, size - 512), 512);
  const format = formatOf(path, { head, tail });
  if (format === "raw") refuseRaw(path, head, size);
  if (format === "qcow2") refuseQcow2(path, head);
  if (format === "vmdk") refuseVmdk(path, head);
  if (format === "vhd") refuseVhd(path, tail, size);
  return format;
};

const assertWhole = async (file: string, to: string, bytes: number): Promise<void> => {
  const { size } = await stat(to);
  if (size === bytes) return;
  throw new UnusableDisk(`${file} is a disk of ${bytes} bytes, of which ${size} could be read`);
};
