import { posix } from "node:path";
import type { Algorithm, FileType, ShippedFile } from "./shipped.ts";
import type { Header } from "./rpm-tags.ts";

/** Numbers of tags: rpm's manual, "Tags". A package's files are parallel arrays. */
const tags = {
  ...{ sizes: 1028, longSizes: 5008, states: 1029, modes: 1030, digests: 1035, targets: 1036 },
  ...{ flags: 1037, users: 1039, groups: 1040, verify: 1045, folderIndexes: 1116, names: 1117 },
  ...{ folders: 1118, oldNames: 1027, capabilities: 5010, algorithm: 5011 },
};

/** rpmfiles.h: what the package says of a file. */
const flag = { configuration: 1, missingOk: 8, ghost: 64 };

/** rpmvf.h: what of a file the package wants to be compared. */
const verify = { digest: 1, target: 4, user: 8, group: 16, mode: 64, capability: 256 };

/**
 * rpmfiles.h: any other state is of a file that was left out, or replaced by another package's.
 * rpm writes it into the header beside what is signed.
 */
const normal = 0;

/** Of RFC 9580, section 9.5; a package without a number has MD5. */
const algorithms = new Map<number, Algorithm>([
  [1, "md5"],
  [2, "sha1"],
  [8, "sha256"],
  [9, "sha384"],
  [10, "sha512"],
  [11, "sha224"],
]);

const types = new Map<number, FileType>([
  [0o100000, "file"],
  [0o040000, "folder"],
  [0o120000, "link"],
  [0o020000, "character-device"],
  [0o060000, "block-device"],
  [0o010000, "fifo"],
]);

/** How the digests of a package's files were made. */
export const algorithmOf = (header: Header): Algorithm | undefined =>
  algorithms.get(header.number(tags.algorithm) ?? 1);

/** The files of a package, as its header has them. */
export function* filesOfHeader(header: Header, name: string): Generator<ShippedFile> {
  const [states, modes] = [header.numbers(tags.states), header.numbers(tags.modes)];
  const [digests, targets] = [header.texts(tags.digests), header.texts(tags.targets)];
  const [users, groups] = [header.texts(tags.users), header.texts(tags.groups)];
  const [flags, wants] = [header.numbers(tags.flags), header.numbers(tags.verify)];
  const capabilities = header.texts(tags.capabilities);
  const algorithm = algorithmOf(header);
  for (const [index, path] of pathsOf(header).entries()) {
    const leftOut = (states[index] ?? normal) !== normal;
    const [mode = 0, own = 0, wanted = -1] = [modes[index], flags[index], wants[index]];
    const type = types.get(mode & 0o170000);
    const [ghost, hex] = [(own & flag.ghost) !== 0, digests[index]?.toLowerCase()];
    const asks = (what: number) => (wanted & what) !== 0;
    const compared = algorithm !== undefined && asks(verify.digest) && !ghost;
    const digest =
      compared && type === "file" && hex !== undefined && /^[0-9a-f]{32,128}$/.test(hex);
    yield {
      ...{ path, package: name },
      ...(type !== undefined && { type }),
      ...(digest && { digest: { algorithm, hex } }),
      ...(type === "link" && asks(verify.target) && !ghost && { target: targets[index] }),
      ...(type !== undefined && asks(verify.mode) && { mode: mode & 0o7777 }),
      ...(asks(verify.user) && { user: users[index] }),
      ...(asks(verify.group) && { group: groups[index] }),
      ...(asks(verify.capability) && type === "file" && { capability: capabilities[index] ?? "" }),
      configuration: (own & flag.configuration) !== 0,
      mayBeMissing: leftOut || ghost || (own & flag.missingOk) !== 0,
      ...(leftOut && { leftOut }),
    };
  }
}

const pathsOf = (header: Header): string[] => {
  const names = header.texts(tags.names);
  if (names.length === 0) return header.texts(tags.oldNames).filter(isPath);
  const folders = header.texts(tags.folders);
  const indexes = header.numbers(tags.folderIndexes);
  return names.map((name, index) => `${folders[indexes[index] ?? -1] ?? ""}${name}`).filter(isPath);
};

/** As long as the kernel takes one: PATH_MAX of limits.h. */
const isPath = (path: string): boolean => path.length < 4096 && posix.isAbsolute(path);
