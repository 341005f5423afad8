import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** This agent's version, as its package.json has it, and that of the Node that runs it. */
export const version = (): string => {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const text = textOf(join(folder, "package.json"));
    if (text !== undefined) {
      const { version } = JSON.parse(text) as { version: string };
      return `ovenbird-agent ${version}, node ${process.version}`;
    }
    if (folder === dirname(folder)) throw new Error("the agent's package.json is missing");
  }
};

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};
