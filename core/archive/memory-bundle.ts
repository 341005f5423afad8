import { buffer } from "node:stream/consumers";
import { posix } from "node:path";
import { UnusableArchive } from "../errors.ts";
import type { FolderSink } from "./bundle-folder.ts";
import { shown } from "./clean-path.ts";
import type { BundleTree } from "./find-recipe.ts";

/** A thing in a bundle. */
export type BundleEntry =
  | { is: "file"; bytes: Buffer; mode: number }
  | { is: "folder" }
  /** `target` is relative to the link's own folder, and in the bundle. */
  | { is: "link"; target: string };

/** A bundle that is held in memory: as a sink it is filled, as a tree it is read. */
export class MemoryBundle implements FolderSink, BundleTree {
  readonly #entries = new Map<string, BundleEntry>();

  get entries(): ReadonlyMap<string, BundleEntry> {
    return this.#entries;
  }

  set(path: string, entry: BundleEntry): void {
    this.#entries.set(path, entry);
  }

  async folder(path: string): Promise<void> {
    this.set(path, { is: "folder" });
  }

  async file(path: string, content: Parameters<FolderSink["file"]>[1]): Promise<void> {
    this.set(path, { is: "file", bytes: await buffer(content.bytes), mode: content.mode });
  }

  async link(path: string, target: string): Promise<void> {
    this.set(path, { is: "link", target });
  }

  async hardLink(path: string, target: string): Promise<void> {
    const file = this.#entries.get(target);
    if (file?.is !== "file") throw new UnusableArchive(`${shown(target)} in it is no file`);
    this.set(path, file);
  }

  async list(folder: string): ReturnType<BundleTree["list"]> {
    return [...this.#entries].flatMap(([path, { is }]) => {
      const parent = posix.dirname(path);
      if ((parent === "." ? "" : parent) !== folder) return [];
      return [{ name: posix.basename(path), is: is === "link" ? "other" : is }];
    });
  }

  async text(path: string, most: number): Promise<string | undefined> {
    const file = this.#entries.get(path);
    if (file?.is !== "file" || file.bytes.length > most) return undefined;
    return file.bytes.toString("utf8");
  }

  /** Where a path leads, through links; undefined where it leads nowhere. */
  real(path: string, links = 0): string | undefined {
    const parts = path.split("/");
    for (const count of parts.keys()) {
      const here = parts.slice(0, count + 1).join("/");
      const entry = this.#entries.get(here);
      if (entry === undefined) return undefined;
      if (entry.is !== "link") continue;
      if (links > 40) return undefined; // as Linux does: a link to itself leads nowhere
      const rest = parts.slice(count + 1);
      return this.real(posix.join(posix.dirname(here), entry.target, ...rest), links + 1);
    }
    return path;
  }
}
