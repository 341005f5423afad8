import { open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { UnusableDisk } from "../../core/errors.ts";
import { isMissing } from "../missing.ts";
import { syncFolder } from "../record.ts";

/*
 * A file's SHA-256 beside it, as coreutils' `sha256sum` writes and `sha256sum -c` reads it: the
 * digits, two spaces, the name. A name with a backslash or the end of a line in it is escaped, and
 * then the line begins with a backslash.
 */

/** Where the SHA-256 of a file is. */
export const checksumFile = (file: string): string => `${file}.sha256`;

const escapes: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };

/** `digest` is `sha256:` and 64 digits. */
export const checksumLine = (file: string, digest: string): string => {
  const name = basename(file);
  const escaped = name.replaceAll(/[\\\n\r]/g, (one) => escapes[one] ?? one);
  return `${escaped === name ? "" : "\\"}${digest.replace("sha256:", "")}  ${escaped}\n`;
};

/** Writes it by way of a file beside it: whole, or not at all. */
export const writeChecksum = async (file: string, digest: string, aside: string): Promise<void> => {
  try {
    await using handle = await open(aside, "wx", 0o666);
    await handle.writeFile(checksumLine(file, digest));
    await handle.sync();
    await rename(aside, checksumFile(file));
  } finally {
    await rm(aside, { force: true });
  }
  await syncFolder(dirname(file));
};

/**
 * What the file beside it says of a file, as `sha256:` and 64 digits; undefined when there is none.
 * Throws UnusableDisk for one that says nothing of it.
 */
export const readChecksum = async (file: string): Promise<string | undefined> => {
  const path = checksumFile(file);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const digits = text.split("\n").flatMap((line) => {
    const [, sum = "", name] = /^\\?([0-9a-f]{64}) [ *](.*)$/.exec(line) ?? [];
    const ours = checksumLine(file, sum)
      .trimEnd()
      .replace(/^\\?[0-9a-f]{64} {2}/, "");
    return name === ours ? [sum] : [];
  });
  const [only] = digits;
  if (only !== undefined && digits.length === 1) return `sha256:${only}`;
  throw new UnusableDisk(
    `${path} does not say once what the SHA-256 of ${basename(file)} is, as sha256sum writes it; write it anew, or move it away`,
  );
};
