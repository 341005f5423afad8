import { cleanPath, cleanTarget, shown } from "./clean-path.ts";
import type { Entry } from "./entry.ts";
import { UnusableArchive } from "../errors.ts";
import type { Budget } from "./limits.ts";

/** Where a bundle is unpacked to. Paths are clean, and each is given once. */
export interface FolderSink {
  folder(path: string): Promise<void>;
  /** `mode` is permission bits. Throws when something is there under another name for the path. */
  file(path: string, content: Content): Promise<void>;
  link(path: string, target: string): Promise<void>;
  /** Another name of a file that is there. */
  hardLink(path: string, target: string): Promise<void>;
}

export interface Content {
  bytes: AsyncIterable<Uint8Array>;
  mode: number;
  signal: AbortSignal;
}

/** A thing that has been unpacked; `size` is that of a file. */
type Kept = { is: "file"; size: number } | { is: "folder" } | { is: "link" };

/**
 * A folder that entries of an archive are written to, each inside it and each once. Links are made
 * last, so that nothing is ever written through one.
 */
export class BundleFolder {
  readonly #sink: FolderSink;
  readonly #budget: Budget;
  readonly #kept = new Map<string, Kept>();
  readonly #links: { path: string; target: string }[] = [];

  constructor(sink: FolderSink, budget: Budget) {
    this.#sink = sink;
    this.#budget = budget;
  }

  /** Writes an entry. Throws UnusableArchive. */
  async add(entry: Entry, signal: AbortSignal): Promise<void> {
    const clean = cleanPath(entry.path);
    if ("wrong" in clean) throw refused(entry.path, clean.wrong);
    const { names } = clean;
    const path = names.join("/");
    if (entry.kind.is === "other") throw refused(path, `is ${entry.kind.name}`);
    this.#budget.count();
    await this.#addFolders(names.slice(0, -1));
    if (entry.kind.is === "folder") return this.#addFolder(path);
    if (names.length === 0) throw refused(entry.path, "is no folder, and has no name");
    if (this.#kept.has(path)) throw refused(path, "is there twice");
    if (entry.kind.is === "file") return this.#addFile(path, entry, signal);
    if (entry.kind.is === "link") return this.#addLink(names, entry.target ?? "");
    return this.#addHardLink(path, entry.target ?? "");
  }

  /** Makes the links; nothing is added after it. */
  async finish(): Promise<void> {
    for (const { path, target } of this.#links) await this.#sink.link(path, target);
  }

  async #addFolders(names: readonly string[]): Promise<void> {
    for (const depth of names.keys()) await this.#addFolder(names.slice(0, depth + 1).join("/"));
  }

  async #addFolder(path: string): Promise<void> {
    const kept = path === "" ? { is: "folder" } : this.#kept.get(path);
    if (kept?.is === "folder") return;
    if (kept !== undefined) throw refused(path, `is there as a ${kept.is} and as a folder`);
    await this.#sink.folder(path);
    this.#kept.set(path, { is: "folder" });
  }

  async #addFile(path: string, entry: Entry, signal: AbortSignal): Promise<void> {
    const { mode = 0o644, size } = entry;
    if ((mode & 0o6000) !== 0) {
      throw refused(path, "is setuid or setgid: the recipe's `files` can say so, the bundle not");
    }
    this.#budget.take(size);
    // as for a usual umask: nobody else may write it
    await this.#sink.file(path, { bytes: entry.content(), mode: mode & 0o755, signal });
    this.#kept.set(path, { is: "file", size });
  }

  #addLink(names: readonly string[], written: string): void {
    const path = names.join("/");
    const clean = cleanTarget(written, names.slice(0, -1));
    if ("wrong" in clean) {
      throw refused(path, `is a link to ${shown(written)}, which ${clean.wrong}`);
    }
    this.#links.push({ path, target: clean.target });
    this.#kept.set(path, { is: "link" });
  }

  async #addHardLink(path: string, written: string): Promise<void> {
    const clean = cleanPath(written);
    const target = "wrong" in clean ? undefined : clean.names.join("/");
    const kept = target === undefined ? undefined : this.#kept.get(target);
    if (target === undefined || kept?.is !== "file") {
      throw refused(path, `is a hard link to ${shown(written)}, which is no file before it in it`);
    }
    this.#budget.take(kept.size); // a copy of the bundle has it twice
    await this.#sink.hardLink(path, target);
    this.#kept.set(path, kept);
  }
}

const refused = (path: string, why: string): UnusableArchive =>
  new UnusableArchive(`${shown(path)} in it ${why}`);
