import { NotReady } from "../../core/errors.ts";
import { runChild } from "../child.ts";
import type { DiskFormat } from "./format.ts";
import { qemuImg, source, target } from "./qemu-img.ts";
import { assertSpace } from "../../assets/space.ts";

export interface Packing {
  /** A raw disk; its size and what it takes of its own disk, in bytes. */
  disk: { path: string; size: number; allocated: number };
  /** A file that is there, and is overwritten. */
  to: string;
  signal: AbortSignal;
  /** Told the part that is done, from 0 to 1. */
  progress?(part: number): void;
}

interface Kind {
  /** Arguments of `qemu-img convert`. */
  words: readonly string[];
  /** The least part of the disk's content that the result takes. */
  least: number;
}

/**
 * What others take. qcow2: not compressed, since every program reads that. Of a 4 GiB disk with
 * 690 MiB in it, zlib makes 233 MiB in 14 s, zstd 224 MiB in 3 s, which only QEMU since 5.1 reads,
 * and without either it is 625 MiB in 1 s. VMDK: `streamOptimized` is the one kind that EC2 VM
 * Import takes, and with a SCSI adapter vSphere does as well. VHD: `fixed` is the one kind that
 * Azure takes, and VM Import takes it too; without `force_size` QEMU rounds the size up to whole
 * cylinders, and then neither Azure's whole MiB nor GPT's second table at the end hold.
 * `-W` writes in any order, which is faster; a stream of grains is to be in theirs.
 */
const kinds: Record<Exclude<DiskFormat, "raw">, Kind> = {
  qcow2: { words: ["-W", "-O", "qcow2"], least: 1 },
  vmdk: {
    words: ["-O", "vmdk", "-o", "subformat=streamOptimized,adapter_type=lsilogic"],
    least: 0,
  },
  vhd: { words: ["-W", "-O", "vpc", "-o", "subformat=fixed,force_size=on"], least: 1 },
};

/** What a VHD can hold, by QEMU's reading of the format: 0xff000000 sectors, 2040 GiB. */
const largestVhd = 0xff000000 * 512;

/** Writes a raw disk in another format. Throws NotReady, CommandFailed. */
export const pack = async (format: DiskFormat, order: Packing): Promise<void> => {
  const { disk, to, signal } = order;
  if (format === "raw" && (await cloned(order))) return order.progress?.(1);
  const { words, least } =
    format === "raw" ? { words: ["-W", "-O", "raw"], least: 1 } : kinds[format];
  if (format === "vhd" && disk.size > largestVhd) {
    throw new NotReady(
      "a VHD holds at most 2040 GiB, and the disk is larger: choose another format",
    );
  }
  await assertSpace(to, disk.allocated * least);
  await qemuImg({
    reads: disk.path,
    // tables come on top: an eighth is more than any of these formats has
    writes: { path: to, limit: Math.ceil(disk.size * 1.125) + 16 * 2 ** 20 },
    words: ["convert", "-p", ...source("raw"), ...words, target],
    signal,
    onLine: (line) => {
      const percent = /\(([0-9.]+)\/100%\)/.exec(line)?.[1];
      if (percent !== undefined) order.progress?.(Number(percent) / 100);
    },
  });
};

/** Copies by reference, where the file system can: then it takes no time and no space. */
const cloned = async ({ disk, to, signal }: Packing): Promise<boolean> => {
  const argv = ["cp", "--reflink=always", "--", disk.path, to];
  const { status } = await runChild({ argv, signal, onLine: () => undefined });
  signal.throwIfAborted();
  return status === 0;
};
