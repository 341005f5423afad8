import { posix } from "node:path";
import { authorizedPlaces } from "./authorized-places.ts";
import { removeNamedIn } from "./remove.ts";

/** Removes the keys that let somebody in, where the image's sshd looks for them. */
export const removeAuthorizedKeys = async (root: string): Promise<void> => {
  const files = new Map<string, Set<string>>();
  for (const path of await authorizedPlaces(root)) {
    const names = files.get(posix.dirname(path)) ?? new Set();
    files.set(posix.dirname(path), names.add(literal(posix.basename(path))));
  }
  for (const { folders, names } of alike(files)) {
    for (const some of chunks(names)) await removeNamedIn(root, folders, ...some);
  }
};

/** Folders in which the same names are removed, as in nearly all homes. */
const alike = (files: ReadonlyMap<string, ReadonlySet<string>>) => {
  const groups = new Map<string, { folders: string[]; names: string[] }>();
  for (const [folder, set] of files) {
    const names = [...set];
    const key = names.join("/");
    const group = groups.get(key) ?? { folders: [], names };
    group.folders.push(folder);
    groups.set(key, group);
  }
  return groups.values();
};

/** Names that one command is given: a hundred thousand would be more than a command may have. */
const mostNames = 500;

const chunks = (names: string[]): string[][] =>
  names.length === 0 ? [] : [names.slice(0, mostNames), ...chunks(names.slice(mostNames))];

/** A pattern of find's that matches this name only. */
const literal = (name: string): string => name.replaceAll(/[*?[\]\\]/g, String.raw`\$&`);
