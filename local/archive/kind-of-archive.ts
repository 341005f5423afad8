import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { isMissing } from "../missing.ts";
import { UnusableArchive } from "../../core/errors.ts";

export type ArchiveKind = "tar.gz" | "zip";

const endings: [ending: RegExp, kind: ArchiveKind][] = [
  [/\.(?:tar\.gz|tgz)$/i, "tar.gz"],
  [/\.zip$/i, "zip"],
];

/** Whether a file is by its name a bundle in an archive. */
export const isArchiveName = (file: string): boolean =>
  endings.some(([ending]) => ending.test(file));

/** What an archive is, by its name and its content, and its size in bytes. Throws UnusableArchive. */
export const kindOfArchive = async (file: string): Promise<{ kind: ArchiveKind; size: number }> => {
  const kind = endings.find(([ending]) => ending.test(file))?.[1];
  if (kind === undefined) {
    throw new UnusableArchive(
      `${file} is no archive by its name: a bundle is a .tar.gz, .tgz or .zip`,
    );
  }
  const { magic, size } = await beginning(file);
  const content = contentOf(magic);
  if (content === kind) return { kind, size };
  const is = content === undefined ? "neither of these" : `a ${content}`;
  throw new UnusableArchive(
    `${file} is by its name a ${kind}, and by its content ${is}: a bundle is a .tar.gz, .tgz or .zip`,
  );
};

const contentOf = (magic: string): ArchiveKind | undefined => {
  if (magic.startsWith("\x1f\x8b")) return "tar.gz";
  // an archive without entries begins with the end of its directory
  return ["PK\x03\x04", "PK\x05\x06"].includes(magic) ? "zip" : undefined;
};

const beginning = async (file: string): Promise<{ magic: string; size: number }> => {
  // non-blocking, since opening a fifo that nobody writes to would wait for ever
  const opening = open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  await using handle = await opening.catch((error: unknown) => {
    if (isMissing(error)) throw new UnusableArchive(`${file}: there is no such file`);
    throw error;
  });
  const there = await handle.stat();
  if (!there.isFile()) throw new UnusableArchive(`${file} is no regular file: name an archive`);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), { position: 0 });
  return { magic: buffer.toString("latin1", 0, bytesRead), size: there.size };
};
