import { dirname, join } from "node:path";

/** A recipe's file, and how people are told of it. */
export interface RecipeFile {
  path: string;
  /** As the user wrote it; in an archive, after the archive's name: `web.zip: web/recipe.yaml`. */
  shown: string;
  /** The same of another file of its bundle, by the path that the recipe has for it. */
  shownBeside(path: string): string;
}

/** A recipe that the user named by its path. */
export const namedFile = (path: string): RecipeFile => ({
  ...{ path, shown: path },
  shownBeside: (other) => join(dirname(path), other),
});

/** A recipe that was unpacked from an archive; `within` is its path there. */
export const packedFile = (archive: string, path: string, within: string): RecipeFile => ({
  ...{ path, shown: `${archive}: ${within}` },
  shownBeside: (other) => `${archive}: ${join(dirname(within), other)}`,
});
