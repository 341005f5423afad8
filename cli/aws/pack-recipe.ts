import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isArchiveName } from "../../core/archive/kind-of-archive.ts";
import { MemoryBundle } from "../../core/archive/memory-bundle.ts";
import { packBundle } from "../../core/archive/pack.ts";
import { refuseSecretsOfMachine } from "../../core/recipe/aws-secrets.ts";
import { recipeFiles } from "../../core/recipe/bundle.ts";
import { copyBundle } from "../../local/bundle.ts";
import { pathsIn } from "../../local/paths.ts";
import { openScratch } from "../../local/unpacked.ts";
import { loadRecipe } from "../load-recipe.ts";
import { openRecipe } from "../open-recipes.ts";
import { stateDirOf } from "../state-dir.ts";

/** A recipe as it is dropped. */
export interface Packed {
  /** The image's name. */
  name: string;
  /** The recipe whose image it starts from. */
  parent: string | undefined;
  /** The object's name, without a prefix. */
  file: string;
  content: Buffer;
  parameters: Record<string, string>;
}

export interface PackOrder {
  /** A recipe's file, or a bundle's archive. */
  path: string;
  set: Record<string, string>;
  state: string | undefined;
}

/**
 * Checks a recipe as `validate` does and makes of it what is dropped: an archive as it is, a recipe
 * that names no files as it is, any other with its files as one archive. Throws InvalidRecipe,
 * UsageError, UnusableArchive.
 */
export const packRecipe = async ({ path, set, state }: PackOrder): Promise<Packed> => {
  const stateDir = stateDirOf(state);
  await using file = await openRecipe(path, stateDir);
  const { recipe, parsed, parameters } = await loadRecipe(file, set, "any"); // the bake fills them in
  refuseSecretsOfMachine(recipe, parsed);
  const { name, origin } = recipe;
  const parent = origin.kind === "recipe" ? origin.recipe : undefined;
  const named = recipeFiles(recipe);
  if (isArchiveName(path) || named.length === 0) {
    return { name, parent, file: basename(path), content: await readFile(path), parameters };
  }
  await using scratch = await openScratch(pathsIn(stateDir));
  const folder = join(scratch.path, "bundle");
  const own = basename(file.path);
  await copyBundle(dirname(file.path), [own, ...named], folder);
  const bundle = new MemoryBundle();
  await addFolder(bundle, folder, "");
  return { name, parent, file: `${name}.tar.gz`, content: packBundle(bundle.entries), parameters };
};

/** Permissions as an unpacked bundle has them: nobody but its owner may write. */
const shownBits = 0o755;

const addFolder = async (bundle: MemoryBundle, top: string, path: string): Promise<void> => {
  for (const name of await readdir(join(top, path))) {
    const place = join(path, name);
    const there = await lstat(join(top, place));
    if (there.isDirectory()) {
      bundle.set(place, { is: "folder" });
      await addFolder(bundle, top, place);
    } else if (there.isSymbolicLink()) {
      bundle.set(place, { is: "link", target: await readlink(join(top, place)) });
    } else {
      const bytes = await readFile(join(top, place));
      bundle.set(place, { is: "file", bytes, mode: there.mode & shownBits });
    }
  }
};
