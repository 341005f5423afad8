/** Something that happened to a path. */
export interface Happening {
  path: string;
  how: "added" | "removed" | "changed";
  /** By how many bytes the image grew. */
  bytes: number;
}

/** How much happened in a folder, or to one path when it is the only one. */
export interface FolderSum {
  /** Ends with a slash when it stands for what is below it as well. */
  path: string;
  added: number;
  removed: number;
  changed: number;
  bytes: number;
}

interface Node extends FolderSum {
  /** What happened to this path itself. */
  own?: Happening;
  children: Map<string, Node>;
}

/**
 * Sums what happened by folders, in at most so many rows that a person can read them: the folder in
 * which most happened is taken apart as long as there is room, but not one that was added or
 * removed as a whole. Sorted by path.
 */
export const sumByFolder = (happenings: Iterable<Happening>, rows: number): FolderSum[] => {
  const top = newNode("");
  for (const happening of happenings) insert(top, happening);
  let shown = [top];
  for (let next = heaviest(shown, rows); next !== undefined; next = heaviest(shown, rows)) {
    const apart = next;
    shown = shown.flatMap((node) => (node === apart ? partsOf(node) : [node]));
  }
  return shown
    .filter((node) => countOf(node) > 0)
    .map(sumOf)
    .toSorted((one, other) => (one.path < other.path ? -1 : 1));
};

const newNode = (path: string): Node => ({
  ...{ path, added: 0, removed: 0, changed: 0, bytes: 0 },
  children: new Map(),
});

const insert = (top: Node, happening: Happening): void => {
  let node = top;
  add(node, happening);
  for (const name of happening.path.split("/").filter((name) => name !== "")) {
    const child = node.children.get(name) ?? newNode(`${node.path}/${name}`);
    node.children.set(name, child);
    node = child;
    add(node, happening);
  }
  node.own = happening;
};

const add = (node: Node, { how, bytes }: Happening): void => {
  node[how]++;
  node.bytes += bytes;
};

const countOf = ({ added, removed, changed }: FolderSum): number => added + removed + changed;

/** The node with most in it that can be taken apart within so many rows. */
const heaviest = (shown: readonly Node[], rows: number): Node | undefined =>
  shown
    .filter((node) => node.children.size > 0 && !isWhole(node))
    .filter(({ own, children }) => shown.length - 1 + children.size + (own ? 1 : 0) <= rows)
    .toSorted((one, other) => countOf(other) - countOf(one))[0];

const isWhole = ({ own }: Node): boolean => own?.how === "added" || own?.how === "removed";

const partsOf = (node: Node): Node[] => {
  const { own, path, children } = node;
  if (own === undefined) return [...children.values()];
  const itself = newNode(path);
  add(itself, own);
  return [itself, ...children.values()];
};

const sumOf = ({ path, added, removed, changed, bytes, children }: Node): FolderSum => {
  const shown = children.size > 0 || path === "" ? `${path}/` : path;
  return { path: shown, added, removed, changed, bytes };
};
