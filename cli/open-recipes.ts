import { isArchiveName } from "../core/archive/kind-of-archive.ts";
import { pathsIn } from "../local/paths.ts";
import { openBundle } from "../local/unpacked.ts";
import { namedFile, packedFile, type RecipeFile } from "./recipe-file.ts";

/** Recipes as files, until the scope ends. */
export interface OpenRecipes extends AsyncDisposable {
  files: RecipeFile[];
}

const never = new AbortController().signal;

/** Unpacks what is an archive, and leaves what is a file. Throws UnusableArchive. */
export const openRecipes = async (
  paths: readonly string[],
  stateDir: string,
): Promise<OpenRecipes> => {
  await using scope = new AsyncDisposableStack();
  const files: RecipeFile[] = [];
  for (const path of paths) files.push(scope.use(await openRecipe(path, stateDir)));
  const open = scope.move();
  return { files, [Symbol.asyncDispose]: () => open.disposeAsync() };
};

/** The same for one. */
export const openRecipe = async (
  path: string,
  stateDir: string,
): Promise<RecipeFile & AsyncDisposable> => {
  if (!isArchiveName(path)) {
    return { ...namedFile(path), [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const bundle = await openBundle(pathsIn(stateDir), path, never);
  const file = packedFile(path, bundle.recipe, bundle.within);
  return { ...file, [Symbol.asyncDispose]: () => bundle[Symbol.asyncDispose]() };
};
