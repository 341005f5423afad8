import { readdir } from "node:fs/promises";
import { posix } from "node:path";
import { inside } from "../inside.ts";
import { readInside } from "../read-inside.ts";
import { realFolder } from "./remove.ts";

/** Files of sshd's configuration that are read; distributions ship three. */
const mostFiles = 100;

/** A line of sshd's configuration. */
export interface SshdLine {
  /** The file's path, as it was named. */
  path: string;
  /** From 1. */
  line: number;
  /** What follows the keyword, without quotes. */
  words: string[];
}

/** The words after every occurrence of a keyword in sshd's configuration. Throws UnusablePath. */
export const sshdWords = async (root: string, keyword: string): Promise<string[]> =>
  (await sshdLines(root, keyword)).flatMap(({ words }) => words);

/** Every occurrence of a keyword, also below a `Match`. Throws UnusablePath. */
export const sshdLines = async (root: string, keyword: string): Promise<SshdLine[]> => {
  const found: SshdLine[] = [];
  const next = [main, ...(await confIn(root, "/etc/ssh/sshd_config.d", /\.conf$/))];
  for (const path of next) {
    const text = (await readInside(root, path)) ?? "";
    found.push(...linesOf(path, text, keyword));
    for (const { words } of linesOf(path, text, "Include")) {
      for (const word of words) {
        const named = await included(root, word);
        next.push(
          ...named
            .filter((one) => !next.includes(one))
            .slice(0, Math.max(0, mostFiles - next.length)),
        );
      }
    }
  }
  return found;
};

const main = "/etc/ssh/sshd_config";

const linesOf = (path: string, text: string, keyword: string): SshdLine[] => {
  const pattern = new RegExp(String.raw`^[ \t]*"?${keyword}"?(?:[ \t]*=|[ \t])(.*)$`, "i");
  return text.split("\n").flatMap((one, index) => {
    const [, words] = pattern.exec(one) ?? [];
    return words === undefined ? [] : [{ path, line: index + 1, words: wordsOf(words) }];
  });
};

const wordsOf = (text: string): string[] =>
  text
    .replace(/\s#.*$/, "")
    .split(/\s+/)
    .map((word) => word.replaceAll('"', ""))
    .filter((word) => word !== "");

/** What `Include` names: a file, or those of a folder by a pattern of glob(7), from /etc/ssh on. */
const included = async (root: string, word: string): Promise<string[]> => {
  const path = posix.resolve("/etc/ssh", word);
  const [folder, name] = [posix.dirname(path), posix.basename(path)];
  if (!/[*?]/.test(name)) return [path];
  const escaped = name.replaceAll(/[.+^${}()|\\[\]]/g, String.raw`\$&`);
  const fitting = new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
  return confIn(root, folder, fitting);
};

const confIn = async (root: string, folder: string, fitting: RegExp): Promise<string[]> => {
  const path = (await realFolder(root, folder)) ?? (await inside(root, folder).catch(() => ""));
  const names = (await readdir(path).catch(() => [])).filter((name) => fitting.test(name));
  return names.slice(0, mostFiles - 1).map((name) => `${folder}/${name}`);
};
