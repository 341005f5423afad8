import { text as textOf } from "node:stream/consumers";
import { crc32 } from "node:zlib";
import { type Entry as ZipEntry, getFileNameLowLevel, type ZipFile } from "yauzl";
import { shown } from "./clean-path.ts";
import type { Entry, EntryKind } from "./entry.ts";
import { UnusableArchive } from "../errors.ts";

/** Bits of a file's mode that say what it is, as stat(2) has them. */
const typeBits = 0o170000;

/** Systems that an entry was made on and that have such modes: Unix and macOS. */
const unix = new Set([3, 19]);

/** A link's target is its content. */
const longestTarget = 4096;

/** How a zip file is opened: names are decoded here, and it stays open until all were read. */
export const zipOptions = { autoClose: false, decodeStrings: false } as const;

/** The entries of a zip file, in the order of its directory. Throws UnusableArchive. */
export async function* zipEntries(
  opening: Promise<ZipFile>,
  signal: AbortSignal,
): AsyncGenerator<Entry> {
  const zip = await opening;
  try {
    for await (const entry of zip.eachEntry()) {
      signal.throwIfAborted();
      yield await toEntry(zip, entry);
    }
  } finally {
    zip.close();
  }
}

const toEntry = async (zip: ZipFile, entry: ZipEntry): Promise<Entry> => {
  const { uncompressedSize: size } = entry;
  const path = nameOf(entry);
  if (entry.isEncrypted()) throw new UnusableArchive(`${shown(path)} in it is encrypted`);
  if (!entry.canDecodeFileData()) {
    const { compressionMethod } = entry;
    throw new UnusableArchive(
      `${shown(path)} in it is packed by method ${compressionMethod}: pack it with \`zip\`, by Deflate`,
    );
  }
  const mode = isUnix(entry) ? entry.externalFileAttributes >>> 16 : 0;
  const kind = kindOf(path, mode);
  const content = () => checked(zip, entry, path);
  const common = { path, kind, size, content, mode: mode === 0 ? undefined : mode & 0o7777 };
  return kind.is === "link"
    ? { ...common, size: 0, target: await targetIn(path, size, content()) }
    : common;
};

const isUnix = ({ versionMadeBy }: ZipEntry): boolean => unix.has(versionMadeBy >> 8);

/** On Windows, some programs write backslashes between folders; on Unix they are part of a name. */
const nameOf = (entry: ZipEntry): string => {
  const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
  const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
  return isUnix(entry) ? name : name.replaceAll("\\", "/");
};

const kindOf = (path: string, mode: number): EntryKind => {
  switch (mode & typeBits) {
    case 0:
      return { is: path.endsWith("/") ? "folder" : "file" };
    case 0o100000:
      return { is: "file" };
    case 0o040000:
      return { is: "folder" };
    case 0o120000:
      return { is: "link" };
    case 0o010000:
      return { is: "other", name: "a fifo" };
    case 0o060000:
    case 0o020000:
      return { is: "other", name: "a device" };
    default:
      return { is: "other", name: "no file, folder or link" };
  }
};

/** yauzl counts the bytes, and leaves their checksum to us. */
async function* checked(zip: ZipFile, entry: ZipEntry, path: string): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    sum = crc32(chunk as Buffer, sum);
    yield chunk as Buffer;
  }
  if (sum === entry.crc32) return;
  throw new UnusableArchive(`${shown(path)} in it is damaged: its checksum is wrong`);
}

const targetIn = async (
  path: string,
  size: number,
  content: AsyncIterable<Uint8Array>,
): Promise<string> => {
  if (size > longestTarget) {
    throw new UnusableArchive(`${shown(path)} in it is a link with a target that is too long`);
  }
  return textOf(content);
};
