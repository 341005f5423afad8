import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

const top = join(import.meta.dirname, "../..");

/** The rooms whose files are the product. */
export const rooms = [
  "core",
  "functions",
  "handlers",
  "local",
  "aws",
  "agent",
  "assets",
  "stacks",
  "cli",
] as const;
export type Room = (typeof rooms)[number];

export interface Source {
  /** From the top of the repository. */
  path: string;
  text: string;
}

/** Every TypeScript file of these folders. */
export const sourcesIn = (folders: readonly string[]): Source[] =>
  globSync(
    folders.map((folder) => `${folder}/**/*.ts`),
    { cwd: top },
  )
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(top, path), "utf8") }));

/** What a file imports: paths from the top of the repository, or names of packages. */
export const importsOf = ({ path, text }: Source): string[] =>
  [...text.matchAll(/(?:^|[\s;])(?:import|export)\s[^;'"]*?from\s*["']([^"']+)["']/g)]
    .concat([...text.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)])
    .concat([...text.matchAll(/^import\s*["']([^"']+)["']/gm)])
    .map(([, name = ""]) => (name.startsWith(".") ? posix.join(posix.dirname(path), name) : name));

export const readTop = (path: string): string => readFileSync(join(top, path), "utf8");
export const topFolder = top;
