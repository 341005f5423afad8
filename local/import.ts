import { utimes } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { OriginRefused } from "../core/errors.ts";
import { type BakeId, SnapshotId } from "../core/ids.ts";
import type { Ancestor, OriginReference } from "../core/origin.ts";
import { digestOf } from "./disk-format/digest-of.ts";
import { importDisk, stockFormat } from "./disk-format/import-disk.ts";
import { madeId } from "./made-id.ts";
import { discard } from "./discard.ts";
import { isMissing } from "./missing.ts";
import { bakeFolder, type Paths, snapshotDisk, snapshotFolder, snapshotRecord } from "./paths.ts";
import { isSame, writtenOf } from "./written.ts";
import { readRecord } from "./record.ts";
import { emptyFolder, keepSnapshot, SnapshotRecord } from "./snapshots.ts";

export interface StockDisk {
  paths: Paths;
  bake: BakeId;
  reference: Extract<OriginReference, { kind: "file" }>;
  recipeFolder: string;
  /** Told what the disk will be before anything is made of it; what it throws ends the import. */
  approve(ancestor: StockAncestor): Promise<void>;
  signal: AbortSignal;
}

export type StockAncestor = Extract<Ancestor, { kind: "file" }>;

/**
 * Makes a stock disk a snapshot, once for each content: bakes share it, and a file of the same
 * bytes under another name is the same disk. One whose digest the recipe says need not be read
 * again, unless somebody wrote to the imported one. Throws OriginRefused, UnusableDisk, and what
 * `approve` throws.
 */
export const importStockDisk = async (stock: StockDisk): Promise<StockAncestor> => {
  const { paths, reference, recipeFolder, signal } = stock;
  const path = resolve(recipeFolder, reference.file);
  const wanted = reference.digest && (await imported(paths, reference.digest));
  if (wanted) return used(stock, path, wanted);
  const digest = await digestOf(path, signal);
  if (reference.digest !== undefined && reference.digest !== digest) {
    throw new OriginRefused(
      `${path} has the digest ${digest}, and the recipe wants ${reference.digest}; fetch it from its ` +
        "publisher again, or write the digest that the publisher tells today",
    );
  }
  const known = await imported(paths, digest);
  if (known) return used(stock, path, known);
  const format = await stockFormat(path);
  await stock.approve(ancestorOf(stock, path, { digest, format, snapshotId: snapshotOf(digest) }));
  return used(stock, path, await importNew(stock, path, digest));
};

type Imported = Extract<SnapshotRecord, { digest: string }>;

/** The id that a stock disk of that digest is imported as. */
export const snapshotOf = (digest: string): SnapshotId => SnapshotId.parse(madeId("snap", digest));

const imported = async (paths: Paths, digest: string): Promise<Imported | undefined> => {
  const snapshotId = snapshotOf(digest);
  const record = await readRecord(snapshotRecord(paths, snapshotId), SnapshotRecord);
  if (record === undefined || !("digest" in record)) return undefined;
  if (await isUntouched(paths, record)) return record;
  await discard(paths, snapshotFolder(paths, snapshotId));
  return undefined;
};

/** Whether nobody wrote to an imported disk: its digest is of the file that it came from. */
const isUntouched = async (paths: Paths, { snapshotId, written }: Imported): Promise<boolean> => {
  const now = await writtenOf(snapshotDisk(paths, snapshotId)).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  return written !== undefined && now !== undefined && isSame(written, now);
};

const used = async (stock: StockDisk, path: string, known: Imported): Promise<StockAncestor> => {
  const now = new Date();
  await utimes(snapshotFolder(stock.paths, known.snapshotId), now, now); // see pruneImports
  return ancestorOf(stock, path, known);
};

const ancestorOf = (
  { reference }: StockDisk,
  path: string,
  { snapshotId, digest, format }: Omit<Imported, "written">,
): StockAncestor => {
  const demanded = reference.digest !== undefined;
  return { kind: "file", file: basename(path), format, digest, demanded, snapshotId };
};

const importNew = async (
  { paths, bake, signal }: StockDisk,
  path: string,
  digest: string,
): Promise<Imported> => {
  const snapshotId = snapshotOf(digest);
  const aside = await emptyFolder(join(bakeFolder(paths, bake), snapshotId));
  const made = await importDisk({ file: path, to: join(aside, "disk.raw"), signal });
  if (made.digest !== digest) throw new OriginRefused(`${path} changed while it was imported`);
  const written = await writtenOf(join(aside, "disk.raw"));
  const record = { snapshotId, digest, format: made.format, written };
  await keepSnapshot(paths, aside, record).catch(async (error: unknown) => {
    // another bake may have imported the same disk meanwhile
    if ((await imported(paths, digest)) === undefined) throw error;
  });
  return record;
};
