import type { Inventory, RegularFile } from "../../inventory.ts";
import { shownName } from "../../inventory/names.ts";
import { fits } from "../../pattern.ts";
import { lookAt } from "../facts.ts";
import type { Looks } from "../looks.ts";
import type { Item } from "../verdict.ts";

const gibibyte = 1024 ** 3;

export const contentLooks: Looks<"readable" | "tampered" | "size"> = {
  readable: ({ allowed }, { inventory: { databases, unread, size } }) => ({
    against: [
      ...databases.flatMap(({ path, problem }) =>
        problem === undefined ? [] : [{ of: path, says: `${shownName(path)}: ${problem}` }],
      ),
      ...unread.map(({ path, reason }) => ({ of: path, says: `${shownName(path)}: ${reason}` })),
    ].filter(({ of }) => !fits(of, allowed)),
    looked: `${size.files} files and ${databases.length} package databases were read`,
    remedy: "remove what cannot be read, or make it readable",
  }),
  tampered: ({ allowed }, facts) =>
    lookAt(facts, ["owned"], ({ owned }) => {
      const differing = owned.differing.filter(({ configuration }) => !configuration);
      const { inventory, origin } = facts;
      const against = [
        ...differing.map(({ path, package: owner, differs }) => {
          const says = `${shownName(path)} of ${owner} differs from what was shipped: ${differs.join(", ")}`;
          return { of: path, says };
        }),
        ...(origin === undefined ? [] : changedUnnoticed(origin, inventory, owned.unowned)),
      ];
      return {
        against: against.filter(({ of }) => !fits(of, allowed)),
        looked: "no file of a package differs but configuration",
        remedy:
          "put the change into a package, or have it in /etc; who did not make it looks who did",
      };
    }),
  size: ({ most }, { inventory: { size } }) => {
    const used = (size.used / gibibyte).toFixed(1);
    const isTooLarge = most !== null && size.used > most * gibibyte;
    const says = `${used} GiB are in use; ${most} are allowed`;
    return {
      against: isTooLarge ? [{ of: "size", says }] : [],
      looked: `${used} GiB are in use`,
      remedy: "remove packages and files, or have the operator allow more",
    };
  },
};

/**
 * What changed since the origin though no package did: who changes a file may change the digests
 * too by which it would be found. dpkg keeps those of each package in a file of their own, which
 * stays the same as long as the package's version does.
 */
const changedUnnoticed = (
  origin: Inventory,
  now: Inventory,
  unowned: readonly string[],
): Item[] => {
  const before = new Map(origin.files.map((file) => [file.path, file]));
  const changed = now.files.filter((file): file is RegularFile => {
    const earlier = before.get(file.path);
    if (file.type !== "file" || earlier?.type !== "file") return false;
    return file.sha256 !== undefined && earlier.sha256 !== file.sha256;
  });
  return [...changedDigests(origin, now, changed), ...changedOfApk(origin, now, changed, unowned)];
};

const digests = /^\/var\/lib\/dpkg\/info\/([^/:]+)(?::([^/]+))?\.md5sums$/;

const changedDigests = (
  origin: Inventory,
  now: Inventory,
  changed: readonly RegularFile[],
): Item[] => {
  const kept = keptPackages(origin, now);
  return changed.flatMap(({ path }) => {
    const [, name = "", architecture] = digests.exec(path) ?? [];
    const isKept = kept.some(
      (one) => one.name === name && (architecture ?? one.architecture) === one.architecture,
    );
    if (!isKept) return [];
    const says = `${path}: the digests of ${name} were changed, and its version was not`;
    return [{ of: path, says }];
  });
};

const keyOf = ({ kind, name, version, architecture }: Inventory["packages"][number]) =>
  [kind, name, version, architecture].join("\0");

/** Packages that are of the same version before and now. */
const keptPackages = (origin: Inventory, now: Inventory): Inventory["packages"] => {
  const before = new Set(origin.packages.map(keyOf));
  return now.packages.filter((one) => before.has(keyOf(one)));
};

/** What apk installs, its database has in one file that any change of a package changes. */
const changedOfApk = (
  origin: Inventory,
  now: Inventory,
  changed: readonly RegularFile[],
  unowned: readonly string[],
): Item[] => {
  const isApk = now.packages.length > 0 && now.packages.every(({ kind }) => kind === "apk");
  const { length } = keptPackages(origin, now);
  if (!isApk || length !== now.packages.length || length !== origin.packages.length) return [];
  const own = new Set(unowned);
  return changed
    .filter(({ path }) => /^\/(?:usr|bin|sbin|lib)\//.test(path) && !own.has(path))
    .map(({ path }) => ({
      ...{ of: path, says: `${shownName(path)} was changed, and no package was` },
    }));
};
