import { posix } from "node:path";
import { filesInside, globbed, type SomeFiles } from "../files-inside.ts";
import { sshdOptions } from "./sshd-options.ts";

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

/** What an image's sshd is told. */
export interface SshdConfig {
  /** Every occurrence of a keyword, also below a `Match`. */
  lines(keyword: string): SshdLine[];
  /** The words after every occurrence of it. */
  words(keyword: string): string[];
}

interface Text {
  path: string;
  /** Of its first line, from 1. */
  line: number;
  text: string;
}

/**
 * Reads sshd's files, and the options that a unit or a file of init's gives it. Throws
 * UnusablePath.
 */
export const readSshd = (root: string): SshdConfig => {
  const files = filesInside(root);
  const { configs, settings } = sshdOptions(files);
  const texts = [...settings, ...configTexts(files, configs)];
  const lines = (keyword: string) => texts.flatMap((text) => linesOf(text, keyword));
  return { lines, words: (keyword) => lines(keyword).flatMap(({ words }) => words) };
};

/** Its own configuration, others that it is told of, and all that those include. */
const configTexts = (files: SomeFiles, others: readonly string[]): Text[] => {
  const next = [
    ...mains.flatMap((path) => [path, ...globbed(files, `${path}.d/*.conf`, mostFiles - 1)]),
    ...others,
  ];
  const texts: Text[] = [];
  for (const path of next) {
    const text = { path, line: 1, text: files.text(path) ?? "" };
    texts.push(text);
    for (const word of linesOf(text, "Include").flatMap(({ words }) => words)) {
      // from /etc/ssh on: sshd_config(5)
      const named = globbed(files, posix.resolve("/etc/ssh", word), mostFiles);
      const fresh = named.filter((one) => !next.includes(one));
      next.push(...fresh.slice(0, Math.max(0, mostFiles - next.length)));
    }
  }
  return texts;
};

/** openSUSE has its own in /usr/etc, for who has none. */
const mains = ["/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config"];

const linesOf = ({ path, line, text }: Text, keyword: string): SshdLine[] => {
  const pattern = new RegExp(String.raw`^[ \t]*"?${keyword}"?(?:[ \t]*=|[ \t])(.*)$`, "i");
  return text.split("\n").flatMap((one, index) => {
    const [, words] = pattern.exec(one) ?? [];
    return words === undefined ? [] : [{ path, line: line + index, words: wordsOf(words) }];
  });
};

const wordsOf = (text: string): string[] =>
  text
    .replace(/\s#.*$/, "")
    .split(/\s+/)
    .map((word) => word.replaceAll('"', ""))
    .filter((word) => word !== "");
