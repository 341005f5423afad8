import { isArchiveName } from "../local/archive/kind-of-archive.ts";
import { pathsIn } from "../local/paths.ts";
import { openBundle } from "../local/unpacked.ts";

/** Recipes as files, until the scope ends. */
export interface OpenRecipes extends AsyncDisposable {
  paths: string[];
}

const never = new AbortController().signal;

/** Unpacks what is an archive, and leaves what is a file. Throws UnusableArchive. */
export const openRecipes = async (
  paths: readonly string[],
  stateDir: string,
  signal: AbortSignal = never,
): Promise<OpenRecipes> => {
  await using scope = new AsyncDisposableStack();
  const opened: string[] = [];
  for (const path of paths) {
    const bundle = isArchiveName(path)
      ? scope.use(await openBundle(pathsIn(stateDir), path, signal))
      : undefined;
    opened.push(bundle?.recipe ?? path);
  }
  const open = scope.move();
  return { paths: opened, [Symbol.asyncDispose]: () => open.disposeAsync() };
};
