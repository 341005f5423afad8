import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** SHA-256 of each file or folder of a recipe, by its path: so that a changed file shows. */
export const digestFiles = async (
  folder: string,
  files: readonly string[],
): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await digest(join(folder, file))])),
  );

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
  else if (there.isFile()) hash.update(await readFile(path));
  return hash.digest("hex");
};
