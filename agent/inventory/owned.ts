import type { FileEntry } from "../../core/inventory.ts";
import type { DifferingFile, Owned } from "../../core/inventory/found/owned.ts";
import { bytesOf, nameOf } from "../../core/inventory/names.ts";
import type { Accounts } from "./account-numbers.ts";
import { targetDigest } from "./apk-files.ts";
import type { Resolve } from "./folders.ts";
import type { ShippedFile } from "./shipped.ts";

type Difference = DifferingFile["differs"][number];

/** What there is in an image, to be compared with what was shipped. */
export interface Found {
  /** By path. */
  entries: readonly FileEntry[];
  /** What databases asked for beside SHA-256, as `Digests` has it, by path. */
  digests: ReadonlyMap<string, string>;
  /** As core/inventory/capabilities.ts writes them, by path; capabilities are not compared when it is absent. */
  capabilities?: ReadonlyMap<string, string>;
  accounts: Accounts;
  resolve: Resolve;
  /** Whether it is known why a path is missing; `latin1`. */
  excused(path: string): boolean;
}

export interface Compared {
  owned: Owned;
  /** The package of each path that one of them shipped. */
  owners: ReadonlyMap<string, string>;
}

/** Compares an image with what its packages shipped. */
export const compare = (shipped: readonly ShippedFile[], found: Found): Compared => {
  const byPath = new Map(found.entries.map((entry) => [entry.path, entry]));
  const owners = new Map<string, string>();
  const differing: DifferingFile[] = [];
  const [there, left] = [
    shipped.filter((one) => !one.leftOut),
    shipped.filter((one) => one.leftOut),
  ];
  const asked = new Set(left.map((file) => nameOf(found.resolve(file.path))));
  const settled = new Set<string>();
  for (const file of [...there, ...left]) {
    const place = found.resolve(file.path);
    const path = nameOf(place);
    if (file.leftOut === true && settled.has(path)) continue;
    if (isTold(file) && asked.has(path)) settled.add(path);
    if (!owners.has(path)) owners.set(path, file.package);
    const entry = byPath.get(path);
    const differs =
      entry === undefined
        ? missing(file, place, found)
        : differencesOf(file, { entry, ...found, byPath });
    if (file.untold !== undefined && entry?.type === "file") {
      differing.push(untold(file.package, nameOf(found.resolve(file.untold)), byPath));
    }
    if (differs.length === 0) continue;
    differing.push({ path, package: file.package, differs, configuration: file.configuration });
  }
  for (const entry of found.entries) entry.package = owners.get(entry.path);
  const unowned = found.entries.filter(({ type, path }) => type !== "folder" && !owners.has(path));
  const owned = { unowned: unowned.map(({ path }) => path), differing: distinct(differing) };
  return { owned, owners };
};

/** What should have the digest of a package's file, and has not: nothing else tells of a change. */
const untold = (
  owner: string,
  path: string,
  byPath: ReadonlyMap<string, FileEntry>,
): DifferingFile => ({
  ...{ path, package: owner, configuration: false },
  differs: [byPath.has(path) ? "content" : "missing"],
});

/** Whether the content of what is there can be told by it. */
const isTold = ({ digest, target }: ShippedFile): boolean =>
  digest !== undefined || target !== undefined;

const missing = (file: ShippedFile, place: string, { excused }: Found): Difference[] =>
  file.mayBeMissing || excused(file.path) || excused(place) ? [] : ["missing"];

/** Sorted; what several builds of one package differ in is named once. */
const distinct = (differing: readonly DifferingFile[]): DifferingFile[] => {
  const found = new Map(differing.map((one) => [`${one.path}\0\0${one.package}`, one]));
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
};

type There = Found & { entry: FileEntry; byPath: ReadonlyMap<string, FileEntry> };

const differencesOf = (file: ShippedFile, there: There): Difference[] => {
  const { entry, accounts, capabilities } = there;
  if (!isOfType(file, there)) return ["type"];
  const found: Difference[] = [];
  if (!hasContent(file, there)) found.push("content");
  const isLink = entry.type === "link"; // its mode is none
  if (file.mode !== undefined && !isLink && Number.parseInt(entry.mode, 8) !== file.mode) {
    found.push("mode");
  }
  const user = accounts.user(file.user);
  const group = accounts.group(file.group);
  if ((user ?? entry.uid) !== entry.uid || (group ?? entry.gid) !== entry.gid) found.push("owner");
  const capability = capabilities === undefined ? undefined : file.capability;
  if (capability !== undefined && asGiven(capability) !== (capabilities?.get(entry.path) ?? "")) {
    found.push("capability");
  }
  return found;
};

/** libcap has written `cap_kill=p`, `= cap_kill+p` and `cap_kill+p` for the same. */
const asGiven = (capability: string): string =>
  capability.replace(/^= ?/, "").replaceAll(/=(?=[eip]+)/g, "+");

/** A folder may be a link to one: `/lib` is. */
const isOfType = ({ type, digest }: ShippedFile, { entry, byPath, resolve }: There): boolean => {
  if (type === undefined) return digest === undefined || ["file", "link"].includes(entry.type);
  if (type === entry.type) return true;
  if (type !== "folder" || entry.type !== "link") return false;
  const inner = resolve(`${latin1(entry.path)}/.inside`);
  return byPath.get(nameOf(inner.slice(0, -"/.inside".length)))?.type === "folder";
};

const hasContent = ({ digest, target }: ShippedFile, { entry, digests }: There): boolean => {
  if (entry.type === "link" && target !== undefined) return entry.target === nameOf(target);
  if (digest === undefined) return true;
  const { algorithm, hex, cut = false } = digest;
  const isIt = (whole: string) => (cut ? whole.slice(0, hex.length) : whole) === hex;
  if (entry.type === "link") return isIt(targetDigest(latin1(entry.target), algorithm));
  if (entry.type !== "file" || entry.sha256 === undefined) return true; // it is listed as unread
  if (algorithm === "sha256") return isIt(entry.sha256);
  const own = digests.get(entry.path) ?? digests.get(entry.hardLinkOf ?? "");
  return own === `${algorithm}:${hex}`;
};

const latin1 = (name: string): string => bytesOf(name).toString("latin1");
