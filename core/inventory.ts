import * as z from "zod";
import { Activity, Telemetry } from "./inventory/found/activity.ts";
import { CheckRun } from "./inventory/found/check-run.ts";
import { DiskRegion } from "./inventory/found/disk-region.ts";
import { LanguagePackage } from "./inventory/found/language-package.ts";
import { Secret } from "./inventory/found/secret.ts";
import { FileEntries } from "./inventory/file-entries.ts";
import { ForeignModule } from "./inventory/found/module.ts";
import { Owned } from "./inventory/found/owned.ts";
import { PackageList } from "./inventory/found/package-list.ts";
import { ParentDisk } from "./inventory/found/parent-disk.ts";
import { Resumed } from "./inventory/found/resumed.ts";
import { FoundProblem } from "./inventory/found/problem.ts";
import { Repository, TrustedKey } from "./inventory/found/repository.ts";
import { Vouched } from "./inventory/found/vouched.ts";

export type { FileEntry, RegularFile } from "./inventory/file-entry.ts";

/** A name of a file, as core/inventory/names.ts writes bytes that are not UTF-8. */
const Name = z.string();

export const PackageKind = z.enum(["dpkg", "apk", "rpm"]);
export type PackageKind = z.infer<typeof PackageKind>;

export const Package = z.strictObject({
  kind: PackageKind,
  name: z.string(),
  /** As its package manager writes it; rpm's is `[epoch:]version-release`. */
  version: z.string(),
  /** In the package manager's words; absent when the database names none. */
  architecture: z.string().optional(),
  /** What it was built from; absent when the database names none. */
  source: z.strictObject({ name: z.string(), version: z.string() }).optional(),
  /** In the words of the database, or of Debian's copyright file; absent when there are none. */
  licence: z.string().optional(),
  /** dpkg's word for a package whose files are there though it is not fully installed. */
  state: z.string().optional(),
  /**
   * The repository it was installed from: as its package manager calls it, or, of dpkg, which keeps
   * no such thing, the first whose list had it in this version then. Absent if not known.
   */
  repository: z.string().optional(),
  /** Who says what its files contain; absent where it was not looked for. */
  vouched: Vouched.optional(),
});
export type Package = z.infer<typeof Package>;

/** The distribution by its own word: os-release(5). */
export const Distribution = z.strictObject({
  /** `debian`, `ubuntu`, `amzn`: `ID`. */
  id: z.string(),
  /** `12`, `24.04`, `3.20.1`: `VERSION_ID`; what has no releases has none. */
  version: z.string().optional(),
  /** `bookworm`: `VERSION_CODENAME`. */
  codename: z.string().optional(),
  /** For people: `PRETTY_NAME`. */
  name: z.string().optional(),
});
export type Distribution = z.infer<typeof Distribution>;

/** A package database that was found, read or not. */
export const PackageDatabase = z.strictObject({
  kind: PackageKind,
  /** Where it is looked for in the image. */
  path: Name,
  /** How many packages were read from it. */
  packages: z.int().nonnegative(),
  /** Why not all of it could be read: a sentence. */
  problem: z.string().optional(),
});
export type PackageDatabase = z.infer<typeof PackageDatabase>;

/** What the agent found in a finished image: the same image has the same inventory. */
export const Inventory = z.strictObject({
  format: z.literal(1),
  /** Of the file tree: core/inventory/tree-digest.ts; absent in inventories of version 0.1. */
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional(),
  size: z.strictObject({
    /** Everything with a path, folders too. */
    files: z.int().nonnegative(),
    /** In regular files, each counted once however many paths it has. */
    bytes: z.number().nonnegative(),
    /** Bytes in use in the image's file systems. */
    used: z.number().nonnegative(),
  }),
  /** Absent when the image does not say. */
  distribution: Distribution.optional(),
  databases: z.array(PackageDatabase),
  /** By kind, name, version and architecture. */
  packages: z.array(Package),
  /** What runs on its own; this and the following are absent when they were not looked for. */
  activity: z.array(Activity).optional(),
  telemetry: z.array(Telemetry).optional(),
  secrets: z.array(Secret).optional(),
  languagePackages: z.array(LanguagePackage).optional(),
  /** Files whose content was not read. */
  unread: z.array(z.strictObject({ path: Name, reason: z.string() })),
  /** By their places on the disk; absent where only a file system was looked at. */
  regions: z.array(DiskRegion).optional(),
  /** What of the image's settings and databases could not be read, so that a section is not all. */
  problems: z.array(FoundProblem).optional(),
  owned: Owned.optional(),
  /** By path and line. */
  repositories: z.array(Repository).optional(),
  /** Of apt, from which it is known where packages are from; absent when nobody looked. */
  lists: z.array(PackageList.extend({ packages: z.int().nonnegative() })).optional(),
  /** By path and fingerprint. */
  keys: z.array(TrustedKey).optional(),
  /** By path. */
  modules: z.array(ForeignModule).optional(),
  /** What the policy's own checks said; absent where there were none. */
  checks: z.array(CheckRun).optional(),
  /** How the disk was that the bake began with; absent where it was not compared with a parent. */
  parent: ParentDisk.optional(),
  /** The kept disk that the bake resumed from, null for none; absent when nobody noted it. */
  resumed: Resumed.nullable().optional(),
  /** By path. */
  files: FileEntries,
});
export type Inventory = z.infer<typeof Inventory>;
