import { UnusableArchive } from "../errors.ts";

export type ArchiveKind = "tar.gz" | "zip";

const endings: [ending: RegExp, kind: ArchiveKind][] = [
  [/\.(?:tar\.gz|tgz)$/i, "tar.gz"],
  [/\.zip$/i, "zip"],
];

/** Whether a file is by its name a bundle in an archive. */
export const isArchiveName = (file: string): boolean =>
  endings.some(([ending]) => ending.test(file));

/** What a file is by its name. Throws UnusableArchive. */
export const kindByName = (file: string): ArchiveKind => {
  const kind = endings.find(([ending]) => ending.test(file))?.[1];
  if (kind !== undefined) return kind;
  throw new UnusableArchive(
    `${file} is no archive by its name: a bundle is a .tar.gz, .tgz or .zip`,
  );
};

/**
 * What an archive is, by its name and by its content, of which `beginning` is at least the first
 * four bytes. Throws UnusableArchive.
 */
export const archiveKind = (file: string, beginning: Buffer): ArchiveKind => {
  const kind = kindByName(file);
  const content = contentOf(beginning.toString("latin1", 0, 4));
  if (content === kind) return kind;
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
