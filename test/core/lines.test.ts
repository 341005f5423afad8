import { expect, test } from "vitest";
import { splitLines } from "../../core/lines.ts";

/** The lines that chunks make. */
const split = (chunks: readonly (string | Buffer)[], limit = 100): string[] => {
  const lines: string[] = [];
  const splitter = splitLines(limit, (line) => lines.push(line));
  for (const chunk of chunks) splitter.write(Buffer.from(chunk));
  splitter.end();
  return lines;
};

test("lines are whole, however the chunks fall", () => {
  const text = "one\ntwo\r\nthree\rfour";
  const expected = ["one", "two", "three", "four"];
  expect(split([text])).toEqual(expected);
  expect(split(text.split(""))).toEqual(expected);
});

test("what comes after the last newline is a line, too", () => {
  expect(split(["a\nb"])).toEqual(["a", "b"]);
  expect(split(["a\n"])).toEqual(["a"]);
  expect(split([])).toEqual([]);
});

test("characters of several bytes stay whole", () => {
  const bytes = Buffer.from("grüße 🐦\n");
  expect(split([...bytes].map((byte) => Buffer.from([byte])))).toEqual(["grüße 🐦"]);
});

test("bytes that are no UTF-8 become a mark, and nothing is lost after them", () => {
  expect(split([Buffer.from([0xff, 0xfe, 0x0a]), "next"])).toEqual(["\ufffd\ufffd", "next"]);
});

test("a line beyond the limit is cut, and says so; the next is whole", () => {
  expect(split([`${"x".repeat(12)}\nnext\n`], 10)).toEqual([`${"x".repeat(10)}…`, "next"]);
  expect(split(["x".repeat(10), "\nnext"], 10)).toEqual(["x".repeat(10), "next"]);
  expect(split(["xxxxx", "xxxxx", "x", "xxx\n"], 10)).toEqual([`${"x".repeat(10)}…`]);
});

test("a stream without newlines takes no memory", () => {
  const chunk = Buffer.alloc(1024 ** 2, "x");
  const lines: string[] = [];
  const splitter = splitLines(1000, (line) => lines.push(line));
  const before = process.memoryUsage().rss;
  for (let count = 0; count < 1000; count++) splitter.write(chunk);
  splitter.end();
  expect(lines).toEqual([`${"x".repeat(1000)}…`]);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 ** 2);
});
