import { changedWithoutUpgrade } from "../../inventory/changed-without-upgrade.ts";
import type { FileEntry, Inventory } from "../../inventory.ts";
import { shownName } from "../../inventory/names.ts";
import type { Item } from "../verdict.ts";

/**
 * What changed since the origin though no package did: who changes a file may change or remove
 * what it would be found by, too. What dpkg keeps of a package stays as it is as long as the
 * package's version does, and so do the files that it has no digests of.
 */
export const changedUnnoticed = (
  origin: Inventory,
  now: Inventory,
  unowned: readonly string[],
): Item[] => [
  ...changedRecords(origin, now),
  ...changedFiles(origin, now),
  ...changedOfApk(origin, now, unowned),
];

/**
 * deb-md5sums(5) and deb-conffiles(5); of lists dpkg takes away what another package replaces.
 * Other files of the folder say nothing of files: images are made smaller by removing some.
 */
const record = /^\/var\/lib\/dpkg\/info\/([^/:]+)(?::([^/]+))?\.(list|md5sums|conffiles)$/;

const told: Record<string, string> = {
  list: "the names of files",
  md5sums: "the digests",
  conffiles: "the names of configuration",
};

const changedRecords = (origin: Inventory, now: Inventory): Item[] => {
  const kept = keptPackages(origin, now).filter(({ kind }) => kind === "dpkg");
  const architectures = Map.groupBy(kept, ({ name }) => name);
  const ofKept = ({ path }: FileEntry) => {
    const [, name = "", architecture, kind = ""] = record.exec(path) ?? [];
    const isKept = (architectures.get(name) ?? []).some(
      (one) => architecture === undefined || architecture === one.architecture,
    );
    return isKept ? { name, kind } : undefined;
  };
  const [before, after] = [origin, now].map(
    ({ files }) => new Map(files.flatMap((file) => (ofKept(file) ? [[file.path, file]] : []))),
  ) as [Map<string, FileEntry>, Map<string, FileEntry>];
  const itemOf = (file: FileEntry, how: (kind: string) => string | undefined): Item[] => {
    const { name, kind } = ofKept(file) ?? { name: "", kind: "" };
    const what = how(kind);
    if (what === undefined) return [];
    const says = `${file.path}: ${told[kind]} of ${name} were ${what}, and its version was not`;
    return [{ of: file.path, says }];
  };
  return [
    ...[...before.values()].flatMap((file) =>
      itemOf(file, (kind) => howChanged(kind, file, after.get(file.path))),
    ),
    ...[...after.values()].flatMap((file) =>
      itemOf(file, (kind) =>
        kind === "conffiles" && !before.has(file.path) ? "added" : undefined,
      ),
    ),
  ];
};

const howChanged = (
  kind: string,
  before: FileEntry,
  after: FileEntry | undefined,
): string | undefined => {
  if (after === undefined) return before.type === "file" ? "removed" : undefined;
  if (after.type !== before.type) return `made a ${after.type}`;
  if (kind === "list" || before.type !== "file" || after.type !== "file") return undefined;
  const isOther = after.sha256 !== undefined && after.sha256 !== before.sha256;
  return isOther ? "changed" : undefined;
};

/** Where nothing is configuration, whatever the package says. */
const programs = /^\/(?:usr|s?bin|lib[^/]*|boot)\//;

/** Files of dpkg's packages that no digest is kept of: links, and what was shipped without. */
const changedFiles = (origin: Inventory, now: Inventory): Item[] => {
  const known = new Set((now.owned?.differing ?? []).map(({ path }) => path));
  const kept = keptPackages(origin, now).filter(({ kind }) => kind === "dpkg");
  const names = new Set(kept.map(({ name }) => name));
  return changedWithoutUpgrade(origin, now)
    .filter((one) => names.has(one.package) && programs.test(one.path))
    .filter(({ path, configuration }) => !configuration && !known.has(path))
    .filter(({ what }) => what.some((one) => ["content", "target", "type"].includes(one)))
    .map(({ path, package: owner }) => {
      const says = `${shownName(path)} of ${owner} was changed, and its version was not`;
      return { of: path, says };
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
const changedOfApk = (origin: Inventory, now: Inventory, unowned: readonly string[]): Item[] => {
  const isApk = now.packages.length > 0 && now.packages.every(({ kind }) => kind === "apk");
  const { length } = keptPackages(origin, now);
  if (!isApk || length !== now.packages.length || length !== origin.packages.length) return [];
  const own = new Set(unowned);
  return changedContent(origin, now)
    .filter((path) => /^\/(?:usr|bin|sbin|lib)\//.test(path) && !own.has(path))
    .map((path) => ({
      ...{ of: path, says: `${shownName(path)} was changed, and no package was` },
    }));
};

const changedContent = (origin: Inventory, now: Inventory): string[] => {
  const before = new Map(origin.files.map((file) => [file.path, file]));
  return now.files.flatMap((file) => {
    const earlier = before.get(file.path);
    if (file.type !== "file" || earlier?.type !== "file") return [];
    return file.sha256 !== undefined && earlier.sha256 !== file.sha256 ? [file.path] : [];
  });
};
