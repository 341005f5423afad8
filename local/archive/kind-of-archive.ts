import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { type ArchiveKind, archiveKind, kindByName } from "../../core/archive/kind-of-archive.ts";
import { UnusableArchive } from "../../core/errors.ts";
import { isMissing } from "../missing.ts";

/** What an archive is, by its name and its content, and its size in bytes. Throws UnusableArchive. */
export const kindOfArchive = async (file: string): Promise<{ kind: ArchiveKind; size: number }> => {
  kindByName(file);
  const { magic, size } = await beginning(file);
  return { kind: archiveKind(file, magic), size };
};

const beginning = async (file: string): Promise<{ magic: Buffer; size: number }> => {
  // non-blocking, since opening a fifo that nobody writes to would wait for ever
  const opening = open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  await using handle = await opening.catch((error: unknown) => {
    if (isMissing(error)) throw new UnusableArchive(`${file}: there is no such file`);
    throw error;
  });
  const there = await handle.stat();
  if (!there.isFile()) throw new UnusableArchive(`${file} is no regular file: name an archive`);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), { position: 0 });
  return { magic: buffer.subarray(0, bytesRead), size: there.size };
};
