import { gzipSync } from "node:zlib";
import { Header } from "tar/header";
import { Pax } from "tar/pax";
import type { BundleEntry } from "./memory-bundle.ts";

/** Tar's unit, in bytes; an archive ends with two that are empty. */
const block = 512;

const types = { file: "File", folder: "Directory", link: "SymbolicLink" } as const;

/**
 * A `.tar.gz` of these entries, in the order of their paths, parents first: the same bytes for the
 * same content, as no time is in it.
 */
export const packBundle = (entries: ReadonlyMap<string, BundleEntry>): Buffer => {
  const sorted = [...entries].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const parts = sorted.flatMap(([path, entry]) => [
    ...header(path, entry),
    ...(entry.is === "file" ? [entry.bytes, padding(entry.bytes.length)] : []),
  ]);
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * block)]));
};

const header = (path: string, entry: BundleEntry): Buffer[] => {
  const data = {
    path: entry.is === "folder" ? `${path}/` : path,
    type: types[entry.is],
    mode: entry.is === "file" ? entry.mode : 0o755,
    size: entry.is === "file" ? entry.bytes.length : 0,
    ...(entry.is === "link" && { linkpath: entry.target }),
    ...{ uid: 0, gid: 0, mtime: new Date(0) },
  };
  const written = new Header(data);
  const buffer = Buffer.alloc(block);
  // what does not fit into a header goes into one of its own before it
  return written.encode(buffer) ? [new Pax(data).encode(), buffer] : [buffer];
};

const padding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block);
