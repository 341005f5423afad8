import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Architecture } from "../core/job.ts";

/** What is built before it is deployed: paths. */
export interface Built {
  /** A folder a function, with its `index.mjs` and what that imports. */
  functions: string;
  /** The agent with its Node. */
  agentPackages: Readonly<Record<Architecture, string>>;
}

/** Where `npm run build:aws` puts it. */
export const built: Built = {
  functions: "dist/functions",
  agentPackages: { x86_64: "dist/agent-x86_64.tar.gz", arm64: "dist/agent-arm64.tar.gz" },
};

/** The path. Throws when nothing is there. */
export const madeByBuild = (path: string): string => {
  if (!existsSync(path)) throw new Error(`there is no ${path}: \`npm run build:aws\` makes it`);
  return path;
};

/** Of the code of all functions, by the names of its files: SHA-256 as 64 hexadecimal digits. */
export const digestOfFunctions = (folder: string): string => {
  const all = createHash("sha256");
  const names = readdirSync(madeByBuild(folder), { recursive: true, encoding: "utf8" });
  for (const name of names.filter((one) => one.endsWith(".mjs")).toSorted()) {
    const code = readFileSync(join(folder, name));
    all.update(`${createHash("sha256").update(code).digest("hex")}  ${name}\n`);
  }
  return all.digest("hex");
};
