import { randomUUID } from "node:crypto";
import { link, lstat, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { tryLock } from "../lock.ts";
import { isMissing, isTaken } from "../missing.ts";
import { syncFolder } from "../record.ts";
import { checksumFile, writeChecksum } from "./checksum.ts";
import { digestOf } from "./digest-of.ts";
import { TargetExists, UnusableDisk } from "../../core/errors.ts";
import type { DiskFormat } from "./format.ts";
import { pack } from "./pack.ts";
import { orFull } from "../../assets/space.ts";
import { openSteady } from "./steady-file.ts";

export interface ExportOrder {
  /** A raw disk. */
  disk: string;
  to: string;
  format: DiskFormat;
  /** Whether a file at `to` is replaced. */
  force?: boolean;
  signal: AbortSignal;
  /** Told the part that is done, from 0 to 1. */
  progress?(part: number): void;
}

export interface ExportedDisk {
  /** Of the file. */
  bytes: number;
  /** SHA-256 of the file, as digestOf answers; the file beside it says the same. */
  digest: string;
  /** The path of that file. */
  checksum: string;
}

/**
 * Writes a raw disk as a file of that format, and its SHA-256 beside it. It is at `to` whole or not
 * at all, and on an error nothing else is left either. Throws TargetExists, UnusableDisk, NotReady, CommandFailed.
 */
export const exportDisk = async (order: ExportOrder): Promise<ExportedDisk> => {
  const { disk, to, format, signal, force = false, progress } = order;
  await using source = await openSteady(disk);
  await assertTarget(order);
  await removeKilled(to);
  const aside = `${asideOf(to)}${randomUUID()}`;
  try {
    // as long as we live; on a file system without locks there is none, and nobody removes it
    await using _ = await lockedFile(aside);
    await pack(format, { disk: source, to: aside, signal, progress });
    await source.assertUnchanged();
    const digest = await digestOf(aside, signal);
    const bytes = await synced(aside);
    // an older file's would say that this one is damaged, if we ended in between
    if (force) await rm(checksumFile(to), { force });
    await place(aside, to, force);
    await writeChecksum(to, digest, unlocked(`${asideOf(to)}${randomUUID()}`));
    return { bytes, digest, checksum: checksumFile(to) };
  } catch (error) {
    throw await orFull(error, to);
  } finally {
    await Promise.all([aside, unlocked(aside)].map((path) => rm(path, { force: true })));
  }
};

/** Makes a file that has its lock before it has its name: by that, others would remove it. */
const lockedFile = async (path: string) => {
  const first = unlocked(path);
  await (await open(first, "wx", 0o666)).close(); // the user's umask decides who may read it
  const lock = await tryLock(first).catch(() => undefined);
  await rename(first, path);
  return lock;
};

const unlocked = (path: string): string => `${path}.new`;

/** Milliseconds after which nobody is about to lock a file that was made. */
const longAgo = 60_000;

/** What an export is written to begins so, beside its target. */
const asideOf = (to: string): string => join(dirname(to), `.${basename(to).slice(0, 200)}.`);

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(|\.new)$/;

/** Removes what exports to that target left when they were killed; those at work hold a lock. */
const removeKilled = async (to: string): Promise<void> => {
  const start = basename(asideOf(to));
  for (const name of await readdir(dirname(to))) {
    const [, isNew] = (name.startsWith(start) && uuid.exec(name.slice(start.length))) || [];
    if (isNew === undefined) continue;
    const path = join(dirname(to), name);
    const there = await lstat(path).catch(() => undefined);
    if (there?.isFile() !== true) continue;
    if (isNew !== "" && Date.now() - there.mtimeMs < longAgo) continue;
    await using lock = await tryLock(path).catch(() => undefined);
    if (lock !== undefined) await rm(path, { force: true });
  }
};

const assertTarget = async ({ disk, to, force = false }: ExportOrder): Promise<void> => {
  const folder = await stat(dirname(to)).catch(() => undefined);
  if (folder?.isDirectory() !== true) {
    throw new UnusableDisk(`${dirname(to)} is no folder: make it, or name a file in another`);
  }
  for (const path of [to, checksumFile(to)]) await assertFree(path, disk, force);
};

const assertFree = async (to: string, disk: string, force: boolean): Promise<void> => {
  const there = await lstat(to).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (there === undefined) return;
  if (!there.isFile() && !there.isSymbolicLink()) {
    throw new UnusableDisk(`${to} is there and no file: name the file that is to be written`);
  }
  if (!force) throw taken(to);
  const [one, other] = [await stat(disk), there];
  if (one.dev === other.dev && one.ino === other.ino) {
    throw new UnusableDisk(`${to} is the disk that is exported: name another file`);
  }
};

const synced = async (path: string): Promise<number> => {
  await using file = await open(path, "r");
  await file.sync();
  return (await file.stat()).size;
};

/** Gives the file its name; a link does not replace what came there meanwhile, and a rename does. */
const place = async (aside: string, to: string, force: boolean): Promise<void> => {
  if (force || !(await linked(aside, to))) await rename(aside, to);
  await syncFolder(dirname(to));
};

const linked = async (aside: string, to: string): Promise<boolean> => {
  try {
    await link(aside, to);
    return true;
  } catch (error) {
    if (isTaken(error)) throw taken(to);
    return false; // FAT, and some network file systems, have no links
  }
};

const taken = (to: string): TargetExists =>
  new TargetExists(`${to} is there already: name another file, or replace it with --force`);
