import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/**
 * SHA-256 of each file or folder of a recipe, by its path: so that a changed file shows. What the
 * recipe names may be a link, and stands for what it leads to.
 */
export const digestFiles = async (
  folder: string,
  files: readonly string[],
): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [file, await digest(await realpath(join(folder, file)))]),
    ),
  );

/** Bytes; to read a program's many files through streams takes five times as long. */
const small = 1024 ** 2;

/** Names, modes and contents: all that is copied into an image. */
const digest = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  const there = await lstat(path);
  hash.update(`${there.mode}\0`);
  if (there.isDirectory()) {
    for (const name of (await readdir(path)).toSorted()) {
      hash.update(`${name}\0${await digest(join(path, name))}\0`);
    }
  } else if (there.isSymbolicLink()) hash.update(await readlink(path));
  else if (there.isFile() && there.size < small) hash.update(await readFile(path));
  else if (there.isFile()) await pipeline(createReadStream(path), hash, { end: false });
  return hash.digest("hex");
};
