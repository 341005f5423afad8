import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { rpmOrder, rpmPartOrder } from "../../../core/versions/rpm.ts";

const signs = { "<": -1, "=": 0, ">": 1 } as const;
type Sign = keyof typeof signs;

/** From tests/rpmvercmp.at of rpm's source. */
const parts: [string, Sign, string][] = [
  ["1.0", "=", "1.0"],
  ["1.0", "<", "2.0"],
  ["2.0.1", "=", "2.0.1"],
  ["2.0", "<", "2.0.1"],
  ["2.0.1a", "=", "2.0.1a"],
  ["2.0.1a", ">", "2.0.1"],
  ["5.5p1", "<", "5.5p2"],
  ["5.5p10", "=", "5.5p10"],
  ["5.5p1", "<", "5.5p10"],
  ["10xyz", "<", "10.1xyz"],
  ["xyz10", "=", "xyz10"],
  ["xyz10", "<", "xyz10.1"],
  ["xyz.4", "=", "xyz.4"],
  ["xyz.4", "<", "8"],
  ["xyz.4", "<", "2"],
  ["5.5p2", "<", "5.6p1"],
  ["5.6p1", "<", "6.5p1"],
  ["6.0.rc1", ">", "6.0"],
  ["10b2", ">", "10a1"],
  ["1.0aa", "=", "1.0aa"],
  ["1.0a", "<", "1.0aa"],
  ["10.0001", "=", "10.1"],
  ["10.0001", "<", "10.0039"],
  ["4.999.9", "<", "5.0"],
  ["20101121", "<", "20101122"],
  ["2_0", "=", "2_0"],
  ["2.0", "=", "2_0"],
  ["a", "=", "a"],
  ["a+", "=", "a_"],
  ["+a", "=", "_a"],
  ["+", "=", "_"],
  ["1.0~rc1", "=", "1.0~rc1"],
  ["1.0~rc1", "<", "1.0"],
  ["1.0~rc1", "<", "1.0~rc2"],
  ["1.0~rc1~git123", "<", "1.0~rc1"],
  ["1.0^", "=", "1.0^"],
  ["1.0^", ">", "1.0"],
  ["1.0^git1", "<", "1.0^git2"],
  ["1.0^git1", "<", "1.01"],
  ["1.0^20160101", "<", "1.0.1"],
  ["1.0^20160101^git1", ">", "1.0^20160101"],
  ["1.0^20160102", ">", "1.0^20160101^git1"],
  ["1.0~rc1^git1", ">", "1.0~rc1"],
  ["1.0^git1~pre", "<", "1.0^git1"],
  ["1b.fc17", "=", "1b.fc17"],
  ["1b.fc17", "<", "1.fc17"],
  ["1g.fc17", ">", "1.fc17"],
];

test.each(parts)("%s %s %s", (one, sign, other) => {
  expect(Math.sign(rpmPartOrder(one, other))).toBe(signs[sign]);
  expect(Math.sign(rpmPartOrder(other, one))).toBe(0 - signs[sign]);
});

describe("a whole version", () => {
  test.each<[string, Sign, string]>([
    ["1.0-1", "<", "1.0-2"],
    ["1:1.0-1", ">", "2.0-1"],
    ["0:1.0-1", "=", "1.0-1"],
    ["1.0", "<", "1.0-1"],
    ["3.0.7-16.el9_2", "<", "1:3.0.1-43.el9_0"],
    ["5.14.0-362.8.1.el9_3", "<", "5.14.0-427.13.1.el9_4"],
    ["4.9.3-2.el9", "<", "0:4.9.3-2.el9_8.1"],
  ])("%s %s %s", (one, sign, other) => {
    expect(Math.sign(rpmOrder(one, other))).toBe(signs[sign]);
    expect(Math.sign(rpmOrder(other, one))).toBe(0 - signs[sign]);
  });
});

const rpm = existsSync("/usr/bin/rpm");

const pick = (from: string) => from[Math.floor(Math.random() * from.length)] ?? "";
const some = (most: number): string =>
  Array.from({ length: 1 + Math.floor(Math.random() * most) }, () => pick("0012ab.~^_+")).join("");

// rpm's own parser wants no sign that stands alone at the start
const someVersion = (): string => `${pick("012")}${some(5)}-${pick("012")}${some(2)}`;

test.skipIf(!rpm)(`versions at random follow each other as rpm says, where it is`, () => {
  const pairs = Array.from({ length: 1500 }, () => [someVersion(), someVersion()] as const);
  const lua = pairs.map(([a, b]) => `print(rpm.vercmp("${a}", "${b}") .. " ")`).join("\n");
  const said = execFileSync("rpm", ["--eval", `%{lua:${lua}}`], { encoding: "utf8" });
  const theirs = said.trim().split(/\s+/).map(Number);
  const wrong = pairs.filter(([a, b], at) => Math.sign(rpmOrder(a, b)) !== theirs[at]);
  expect(theirs).toHaveLength(pairs.length);
  expect(wrong).toEqual([]);
});
