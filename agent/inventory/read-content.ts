import { posix } from "node:path";
import { contentOf, type FileContent } from "./content.ts";
import { read } from "./folder.ts";
import { placeOf } from "./place.ts";
import type { Content } from "./work.ts";

/** Reads a file of the image that is mounted at `root`. Throws an error that names it. */
export const readContent = (
  root: string,
  { path, size, asked }: Content,
): [path: string, content: FileContent] => {
  using place = placeOf(root, posix.dirname(path));
  const at = `${place.path}/${posix.basename(path)}`;
  return [path, read(path, () => contentOf(at, size, asked))];
};
