import { expect, test } from "vitest";
import { everything, toldOf } from "./sample.ts";

// mulberry32: the same mutations in every run, so that a failure can be found again.
const random = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

const PIECES = [
  "[",
  "]",
  "{",
  "}",
  ": ",
  "- ",
  "\n",
  "\t",
  "  ",
  "&a ",
  "*a",
  "!!int ",
  "'",
  '"',
  "|",
  "${",
  "}",
  "$${",
  "#",
  "0",
  "-1",
  "null",
  "true",
  "~",
  "<<: ",
  "? ",
  "\0",
  "\uFEFF",
  "__proto__: ",
  "é",
  "---\n",
  "%",
  "@",
  "1e999",
  ".nan",
  ",",
];

const mutate = (text: string, next: () => number): string => {
  const at = () => Math.floor(next() * text.length);
  const piece = PIECES[Math.floor(next() * PIECES.length)] ?? "";
  const [from, to] = [at(), at()].toSorted((a, b) => a - b);
  switch (Math.floor(next() * 4)) {
    case 0:
      return text.slice(0, from) + piece + text.slice(from);
    case 1:
      return text.slice(0, from) + text.slice(Math.min(to ?? 0, (from ?? 0) + 20));
    case 2:
      return text.slice(0, to) + text.slice(from, (from ?? 0) + 30) + text.slice(to);
    default:
      return text.replace(/[^\n]*\n/g, (line, offset) =>
        offset >= (from ?? 0) && offset < (from ?? 0) + 40 ? "" : line,
      );
  }
};

const isSound = (line: string): boolean =>
  /^(?:web\.yaml:[1-9]\d*:[1-9]\d*: \S.*; \S|and \d+ more$)/.test(line) &&
  !/Invalid input|\[object|undefined/.test(line);

test.each(Array.from({ length: 12 }, (_, seed) => seed))(
  "whatever is in the file, nothing but InvalidRecipe comes of it (seed %i)",
  (seed) => {
    const next = random(seed);
    for (let round = 0; round < 60; round += 1) {
      let text = everything;
      for (let times = 0; times <= next() * 4; times += 1) text = mutate(text, next);
      const told = toldOf(text);
      const odd = told.split("\n").filter((line) => line !== "" && !isSound(line));
      expect({ text, odd }).toEqual({ text, odd: [] });
    }
  },
);
