import { realpathSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ask, type Ask } from "../agent/disk/ask.ts";
import { describeDisk, type DiskDescription } from "../agent/disk/describe-disk.ts";
import { NotReady, OriginRefused, UnusableDisk } from "../core/errors.ts";
import type { OriginReference } from "../core/origin.ts";
import type { Origin } from "../core/ports.ts";
import { digestOf } from "../local/disk-format/digest-of.ts";
import type { DiskFormat } from "../local/disk-format/format.ts";
import { importDisk, stockFormat } from "../local/disk-format/import-disk.ts";
import { sandboxed } from "../local/disk-format/sandboxed.ts";
import { snapshotOf, type StockAncestor } from "../local/import.ts";
import type { Paths } from "../local/paths.ts";
import { isRoot } from "../local/requirements/machine.ts";
import { findCommand } from "../local/requirements/search-path.ts";
import { openScratch } from "../local/unpacked.ts";

/** What can be said of a stock disk before a bake imports it. */
export interface StockDisk {
  format?: DiskFormat;
  digest?: string;
  /** Of the disk in it. */
  bytes?: number;
  layout?: Pick<DiskDescription, "table" | "places">;
  /** Why it was not looked into; absent, it was. */
  unseen?: string;
  /** What a bake would refuse, a sentence each. */
  refused: string[];
}

export interface StockOrder {
  paths: Paths;
  /** The stock disk's file. */
  file: string;
  reference: Extract<OriginReference, { kind: "file" }>;
  signal: AbortSignal;
}

/**
 * Looks at a stock disk as its import and the agent would, without importing it. What reads it is
 * shut in, and nothing is written to it. A disk of another format than raw is unpacked meanwhile.
 */
export const lookAtStock = async (order: StockOrder): Promise<StockDisk> => {
  const { file, reference, signal } = order;
  const stock: StockDisk = { refused: [] };
  try {
    stock.format = await stockFormat(file);
    stock.unseen = whyUnseen(stock.format);
    if (stock.format === "raw") stock.bytes = (await stat(file)).size;
    if (stock.unseen === undefined) await lookInto(order, stock);
    else stock.digest = await digestOf(file, signal);
    if (reference.digest !== undefined && stock.digest !== reference.digest) {
      stock.refused.push(`the recipe wants another digest, ${reference.digest}`);
    }
  } catch (error) {
    if (!isRefusal(error)) throw error;
    stock.refused.push(error.message);
  }
  return stock;
};

/** The ancestor that it will be; undefined while not enough is known of it. */
export const ancestorOf = (
  { file, reference }: StockOrder,
  { format, digest }: StockDisk,
): StockAncestor | undefined => {
  if (format === undefined || digest === undefined) return undefined;
  const demanded = reference.digest !== undefined;
  const snapshotId = snapshotOf(digest);
  return { kind: "file", file: basename(file), format, digest, demanded, snapshotId };
};

/** The origin that it will be; undefined while not enough is known of it. */
export const originOf = (order: StockOrder, stock: StockDisk): Origin | undefined => {
  const ancestor = ancestorOf(order, stock);
  if (ancestor === undefined || stock.bytes === undefined) return undefined;
  const { snapshotId } = ancestor;
  const rootVolumeSize = Math.ceil(stock.bytes / 1024 ** 3);
  return { lineage: [ancestor], snapshotId, rootVolumeSize };
};

const isRefusal = (error: unknown): error is Error =>
  [UnusableDisk, OriginRefused, NotReady].some((type) => error instanceof type);

const programs = ["sfdisk", "blkid", "bwrap", "prlimit", "unshare"];

const whyUnseen = (format: DiskFormat): string | undefined => {
  if (!isRoot()) return "only root sees what is on it: run it with sudo";
  const needed = format === "raw" ? programs : [...programs, "qemu-img"];
  const missing = needed.filter((program) => findCommand(program) === undefined);
  return missing.length === 0 ? undefined : `what looks at disks is missing: ${missing.join(", ")}`;
};

const lookInto = async ({ paths, file, signal }: StockOrder, stock: StockDisk): Promise<void> => {
  await using scope = new AsyncDisposableStack();
  let disk = file;
  if (stock.format === "raw") {
    stock.digest = await digestOf(file, signal);
  } else {
    disk = join(scope.use(await openScratch(paths)).path, "disk.raw");
    stock.digest = (await importDisk({ file, to: disk, signal })).digest;
  }
  const { size } = await stat(disk);
  const { refused, ...layout } = await describeDisk(disk, size, shutIn(disk));
  Object.assign(stock, { bytes: size, layout });
  stock.refused.push(...refused);
};

/** Asks programs that see the disk and nothing else of this machine. */
const shutIn =
  (disk: string): Ask =>
  ([program = "", ...words]) => {
    const path = realpathSync(findCommand(program) ?? program);
    const seen = words.map((word) => (word === disk ? "/in/disk" : word));
    return ask(sandboxed({ reads: disk, argv: [path, ...seen] }));
  };
