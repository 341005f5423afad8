import { posix } from "node:path";
import { type Home, homesOf } from "./homes.ts";
import { removeNamedIn } from "./remove.ts";
import { sshdWords } from "./sshd-config.ts";

/** Where sshd looks when its configuration says nothing; dropbear, too. */
const usual = [".ssh/authorized_keys", ".ssh/authorized_keys2"];

/** Removes the keys that let somebody in, where the image's sshd looks for them. */
export const removeAuthorizedKeys = async (root: string): Promise<void> => {
  const configured = (await sshdWords(root, "AuthorizedKeysFile")).filter(
    (word) => word !== "none",
  );
  const files = new Map([["/etc/dropbear", new Set(["authorized_keys"])]]);
  for (const home of await homesOf(root)) {
    for (const pattern of [...usual, ...configured]) {
      const path = filled(pattern, home);
      const names = files.get(posix.dirname(path)) ?? new Set();
      files.set(posix.dirname(path), names.add(literal(posix.basename(path))));
    }
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

/** The tokens of AuthorizedKeysFile: sshd_config(5). */
const filled = (pattern: string, { account, folder }: Home): string => {
  const tokens: Record<string, string> = { "%%": "%", "%h": folder, "%u": account };
  const path = pattern.replaceAll(/%[%hu]/g, (token) => tokens[token] ?? token);
  return posix.resolve(folder, path);
};

/** A pattern of find's that matches this name only. */
const literal = (name: string): string => name.replaceAll(/[*?[\]\\]/g, String.raw`\$&`);
