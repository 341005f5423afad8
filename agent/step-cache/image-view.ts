import { readdir } from "node:fs/promises";
import { inside } from "../inside.ts";
import { readRegular } from "../read-inside.ts";
import type { Sandbox } from "../sandbox.ts";

/** What a package manager's own records are read by. */
export interface ImageView {
  /** What the image's program prints; undefined where it fails. Throws CommandFailed. */
  said(argv: readonly string[]): Promise<string | undefined>;
  /** The names in a folder, none where there is none. */
  names(folder: string): Promise<string[]>;
  /** A text file; undefined where there is none. Throws UnusablePath. */
  read(path: string): Promise<string | undefined>;
}

/** Bytes: the largest InRelease that we know, a distribution's, has a fiftieth of it. */
const mostBytes = 16 * 1024 ** 2;

/** Seconds: no program that is asked here fetches anything. */
const patience = 60;

/** The view of an image in which nothing else runs. */
export const viewIn = (sandbox: Sandbox): ImageView => ({
  async said(argv) {
    const lines: string[] = [];
    const onLine = (line: string) => lines.push(line);
    const { status } = await sandbox.run(argv, { deafToErrors: true, timeout: patience, onLine });
    return status === 0 ? lines.join("\n") : undefined;
  },
  async names(folder) {
    const path = await inside(sandbox.root, folder).catch(() => undefined);
    return path === undefined ? [] : readdir(path).catch(() => []);
  },
  async read(path) {
    const target = await inside(sandbox.root, path).catch(() => undefined);
    return target === undefined ? undefined : readRegular(target, path, mostBytes);
  },
});
