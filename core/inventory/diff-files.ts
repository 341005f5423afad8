import type { FileEntry } from "../inventory.ts";

/** In what a file differs. `xattrs`: capabilities, labels and access lists too; `links`: which of its paths is the same file as another path. */
export type FileAspect =
  "type" | "content" | "target" | "device" | "mode" | "owner" | "links" | "xattrs" | "time";

export interface FileChange {
  path: string;
  what: FileAspect[];
  from: FileEntry;
  to: FileEntry;
}

export interface FilesDiff {
  added: FileEntry[];
  removed: FileEntry[];
  /** Those that differ in more than their time. */
  changed: FileChange[];
  /** Those that differ in nothing but their time: what was written anew as it was, folders too. */
  touched: FileChange[];
}

/** Compares two lists of files, each sorted by path. */
export const diffFiles = (from: readonly FileEntry[], to: readonly FileEntry[]): FilesDiff => {
  const diff: FilesDiff = { added: [], removed: [], changed: [], touched: [] };
  for (const [old, young] of pairs(from, to)) {
    if (old === undefined) diff.added.push(...(young ? [young] : []));
    else if (young === undefined) diff.removed.push(old);
    else {
      const what = aspects.filter(([, differs]) => differs(old, young)).map(([aspect]) => aspect);
      const list = what.some((aspect) => aspect !== "time") ? diff.changed : diff.touched;
      if (what.length > 0) list.push({ path: old.path, what, from: old, to: young });
    }
  }
  return diff;
};

/** What is at each path in both lists. */
function* pairs(
  from: readonly FileEntry[],
  to: readonly FileEntry[],
): Generator<[FileEntry | undefined, FileEntry | undefined]> {
  for (let a = 0, b = 0; a < from.length || b < to.length;) {
    const [old, young] = [from[a], to[b]];
    const isOld = old !== undefined && (young === undefined || old.path <= young.path);
    const isYoung = young !== undefined && (old === undefined || young.path <= old.path);
    yield [isOld ? old : undefined, isYoung ? young : undefined];
    if (isOld) a++;
    if (isYoung) b++;
  }
}

type Differs = (from: FileEntry, to: FileEntry) => boolean;

/** Two of different types differ in their type, and not in what only one of them has. */
const content: Differs = (from, to) =>
  from.type === "file" &&
  to.type === "file" &&
  (from.size !== to.size || from.sha256 !== to.sha256);

const target: Differs = (from, to) =>
  from.type === "link" && to.type === "link" && from.target !== to.target;

const device: Differs = (from, to) =>
  "major" in from && "major" in to && (from.major !== to.major || from.minor !== to.minor);

/** They are in the order of their names. */
const xattrText = ({ xattrs }: FileEntry): string | undefined =>
  xattrs === undefined ? undefined : JSON.stringify(xattrs);

const aspects: readonly [FileAspect, Differs][] = [
  ["type", (from, to) => from.type !== to.type],
  ["content", content],
  ["target", target],
  ["device", device],
  ["mode", (from, to) => from.mode !== to.mode],
  ["owner", (from, to) => from.uid !== to.uid || from.gid !== to.gid],
  ["links", (from, to) => from.hardLinkOf !== to.hardLinkOf],
  ["xattrs", (from, to) => xattrText(from) !== xattrText(to)],
  ["time", (from, to) => from.mtime !== to.mtime],
];
