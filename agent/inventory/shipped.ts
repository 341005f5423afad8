import { DatabaseProblem } from "./database-file.ts";
import type { Resolve } from "./folders.ts";

/** Algorithms by which databases tell the content of files, as node:crypto calls them. */
export type Algorithm = "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512";

export type FileType = "file" | "folder" | "link" | "character-device" | "block-device" | "fifo";

/** A path that a package shipped, as far as its database says how. */
export interface ShippedFile {
  /** Absolute, `latin1`; what links on the way to it lead to is not resolved yet. */
  path: string;
  /** The package's name. */
  package: string;
  type?: FileType;
  /** Of a file's content, in hexadecimal; where it is cut, only its beginning. */
  digest?: { algorithm: Algorithm; hex: string; cut?: boolean };
  /** Bytes; where there is no digest that can be computed. */
  size?: number;
  /** Of a link, `latin1`. */
  target?: string;
  /** Permissions with setuid, setgid and sticky. */
  mode?: number;
  /** Numbers, or names that the image's own passwd and group have numbers for. */
  user?: string | number;
  group?: string | number;
  /** As getcap(8) writes it; empty when it was shipped with none. */
  capability?: string;
  configuration: boolean;
  /** The package says that it may be missing, or the package manager was told to leave it out. */
  mayBeMissing: boolean;
  /** Where its digest would be, `latin1`, if it were a file: there is none of it. */
  untold?: string;
  /** The database says that it is not there, or another package's is: only compared if none's is. */
  leftOut?: boolean;
}

/** Files of all packages together: ten times what an image has; each takes about 300 bytes. */
export const mostShipped = 1_000_000;

/** Refuses what a machine has no memory for. Throws DatabaseProblem. */
export const checkCount = (files: readonly unknown[]): void => {
  if (files.length <= mostShipped) return;
  throw new DatabaseProblem(`it lists more than ${mostShipped} files`);
};

/** By folder, a `latin1` path from the image's root; the algorithm by name. */
export type Asked = ReadonlyMap<string, AskedNames>;

export type AskedNames = readonly [name: string, algorithm: Algorithm][];

/**
 * What must be computed beside SHA-256, so that a file can be compared with what was shipped. Of a
 * file for which two packages ask for different things, only the first gets it.
 */
export const askedDigests = (files: readonly ShippedFile[], resolve: Resolve): Asked => {
  const asked = new Map<string, Map<string, Algorithm>>();
  for (const { path, digest } of files) {
    if (digest === undefined || digest.algorithm === "sha256") continue;
    const place = resolve(path);
    const slash = place.lastIndexOf("/");
    const [folder, name] = [place.slice(0, slash), place.slice(slash + 1)];
    const names = asked.get(folder) ?? new Map<string, Algorithm>();
    if (!names.has(name)) names.set(name, digest.algorithm);
    asked.set(folder, names);
  }
  return new Map([...asked].map(([folder, names]) => [folder, [...names]]));
};
