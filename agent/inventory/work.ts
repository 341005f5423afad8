import type { FileEntry, RegularFile } from "../../core/inventory.ts";
import type { FileContent } from "./content.ts";
import type { KnownFile } from "./known.ts";
import type { Sighting } from "./secret/sighting.ts";
import type { Algorithm, AskedNames } from "./shipped.ts";

/*
 * What the threads are told and what they answer. Paths that go to the system are `latin1` strings,
 * a character a byte, from the image's root, which is the empty string.
 */

/** What a thread is told of the image with every work. */
export interface ImageRoot {
  /** The folder it is mounted on. */
  root: string;
  /** Paths in it that something else is mounted on. */
  foreign: readonly string[];
  /** Whether files are to be known again in a copy of the image. */
  isRemembered?: boolean;
}

/** What it is told when it reads while steps run. */
export interface ImageMeanwhile extends ImageRoot {
  /** Numbers of the image's own file systems, as stat(2) has them. */
  devices: readonly number[];
  /** When the reading began, in milliseconds since 1970. */
  began: number;
  /** Whether everything else comes before it. */
  isBehind: boolean;
  /** Shared by all threads: not zero from when nothing more is to be read. */
  over: Int32Array;
}

export type Work =
  | { kind: "folders"; image: ImageRoot; folders: readonly Folder[] }
  | { kind: "contents"; image: ImageRoot; files: readonly Content[] }
  | { kind: "ahead"; image: ImageMeanwhile; folders: readonly Folder[] };

export interface Folder {
  path: string;
  /** Files in it that were read before, if they are still the same. */
  known: readonly KnownFile[];
  /** Files in it of which a package database asks for another digest than SHA-256. */
  asked: AskedNames;
}

/** A regular file whose content is read for itself, and not with its folder. */
export interface Content {
  path: string;
  /** Bytes. */
  size: number;
  /** What a package database asks for beside SHA-256. */
  asked?: Algorithm;
}

/** A part of what a folder holds; a wide one takes several. */
export interface FolderPart {
  kind: "folder-part";
  entries: FileEntry[];
  /** The folders among them. */
  folders: string[];
  /** Those whose content is still to be read: more than `smallFile` bytes. */
  large: (Content & { entry: RegularFile })[];
  /** What looks like secrets in files of it. */
  sightings: [path: string, sightings: Sighting[]][];
  /** Which inode it is, for those that have several names. */
  inodes: [path: string, inode: string][];
  /** What package databases asked for. */
  asked: [path: string, digest: string][];
  /** Of how many files the content was known. */
  known: number;
  /** Of which of the entries extended attributes were, by their places among them. */
  attributed: number[];
  /** By what files are known again, where that is asked for. */
  seen: SeenFile[];
}

/** A regular file that is not empty, and what tells it from any other. */
export interface SeenFile extends Omit<KnownFile, keyof FileContent | "size" | "attributes"> {
  /** A `latin1` path from the image's root. */
  folder: string;
  entry: RegularFile;
}

/** A part of what a folder holds, read while steps run. */
export interface AheadPart {
  kind: "ahead-part";
  folder: string;
  folders: string[];
  files: KnownFile[];
}

export type Report =
  | FolderPart
  | AheadPart
  | { kind: "contents-read"; contents: [path: string, content: FileContent][] }
  | { kind: "done" };

/**
 * Bytes. Nineteen of twenty files are smaller; to read them with their folder saves a message for
 * each, and the few that are larger keep all processors busy until the end.
 */
export const smallFile = 64 * 1024;

/** Entries in one message: a folder of a million must not be in memory three times. */
export const partEntries = 1000;
